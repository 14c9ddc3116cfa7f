package io.uvit.tests.gpu;

import java.util.List;

/** How much is measured. */
enum Scale {
  /** The networks that matter, at batches for a card of 80 GB. */
  FULL(
      List.of(
          Workload.train("cifar10_uvit_small", 128, "", List.of()),
          Workload.train(
              "imagenet256_uvit_large",
              256,
              "",
              List.of("train.activation_checkpointing=true"),
              128),
          Workload.train(
              "imagenet256_uvit_large",
              256,
              "activations kept",
              List.of("train.activation_checkpointing=false"),
              128),
          Workload.train(
              "imagenet256_uvit_huge",
              256,
              "",
              List.of("train.activation_checkpointing=true"),
              128,
              64),
          Workload.sample("imagenet256_uvit_large", 64, 50),
          Workload.sample("imagenet256_uvit_huge", 64, 50))),
  /** One small network, for trying the scripts: its times say nothing. */
  TINY(
      List.of(
          Workload.train("celeba64_uvit_small", 4, "", List.of(), 2)
              .shrunk(Constants.NETWORK, Constants.PEERS_NAME),
          Workload.sample("celeba64_uvit_small", 4, 5)
              .shrunk(Constants.NETWORK, Constants.PEERS_NAME)));

  /** An enum's constants cannot use its own static fields. */
  private static final class Constants {
    static final String PEERS_NAME = "tiny";
    static final List<String> NETWORK =
        List.of(
            "model.image_height=16",
            "model.image_width=16",
            "model.patch_size=2",
            "model.embed_dim=64",
            "model.depth=4",
            "model.num_heads=4");
  }

  private final List<Workload> workloads;

  Scale(List<Workload> workloads) {
    this.workloads = workloads;
  }

  /** What is timed, in order. */
  List<Workload> workloads() {
    return workloads;
  }

  /**
   * The scale of a word.
   *
   * @throws UsageException if there is none
   */
  static Scale of(String word) {
    return switch (word) {
      case "full" -> FULL;
      case "tiny" -> TINY;
      default -> throw new UsageException("--scale: found '" + word + "', wanted full or tiny");
    };
  }
}

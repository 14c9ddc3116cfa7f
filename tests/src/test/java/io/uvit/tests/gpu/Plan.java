package io.uvit.tests.gpu;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The steps of a measurement, in their order. */
final class Plan {
  private static final int GOLDEN_SECONDS = 180;
  private static final int OUR_SECONDS = 300;
  private static final int PEER_SECONDS = 240;

  /** Float32 products in float32; a GPU may round their inputs to 10 bits otherwise. */
  private static final Map<String, String> NO_TF32 = Map.of("NVIDIA_TF32_OVERRIDE", "0");

  private Plan() {}

  /** All steps of the chosen stages whose names contain a text. */
  static List<Step> of(GpuOptions options) {
    List<Step> steps = new ArrayList<>();
    for (Stage stage : options.stages()) {
      switch (stage) {
        case GOLDEN -> steps.addAll(golden(options));
        case TRAIN, SAMPLE -> steps.addAll(ours(stage, options));
        case PEER -> steps.addAll(peers(options));
      }
    }
    steps.removeIf(step -> !step.name().contains(options.only()));
    return steps;
  }

  private static List<Step> golden(GpuOptions options) {
    List<Step> steps = new ArrayList<>();
    for (GoldenCase golden : GoldenCase.values()) {
      List<String> arguments = List.of(options.target().ours(), golden.name());
      steps.add(
          new Step(
              Stage.GOLDEN.word() + "-" + golden.word(),
              Stage.GOLDEN,
              OurJava.command(GoldenMain.class.getName(), arguments),
              environment(options.target(), NO_TF32),
              GOLDEN_SECONDS,
              Optional.empty()));
    }
    return steps;
  }

  private static List<Step> ours(Stage stage, GpuOptions options) {
    List<Step> steps = new ArrayList<>();
    for (Workload workload : options.scale().workloads()) {
      if (workload.bench().kind().equals(stage.word())) {
        steps.add(
            new Step(
                workload.name(),
                stage,
                OurJava.uvit(workload.ours(options.target())),
                environment(options.target(), Map.of()),
                OUR_SECONDS,
                Optional.empty()));
      }
    }
    return steps;
  }

  private static List<Step> peers(GpuOptions options) {
    Path peer =
        options
            .peer()
            .orElseThrow(
                () ->
                    new UsageException(
                        "--peer: missing, wanted the peer's program, or --stage without peer"));
    List<Step> steps = new ArrayList<>();
    for (Workload workload : options.scale().workloads()) {
      for (boolean compiled : new boolean[] {false, true}) {
        Optional<String> larger = Optional.empty();
        for (int batch : workload.peerBatches()) {
          String name = peerName(workload, compiled, batch);
          if (steps.stream().noneMatch(step -> step.name().equals(name))) {
            List<String> command = new ArrayList<>(List.of(options.python(), peer.toString()));
            command.addAll(workload.peers(options.target(), batch, compiled));
            Map<String, String> environment = environment(options.target(), Map.of());
            steps.add(new Step(name, Stage.PEER, command, environment, PEER_SECONDS, larger));
          }
          larger = Optional.of(name);
        }
      }
    }
    return steps;
  }

  /** Workloads that differ in our settings alone are one to the peer. */
  static String peerName(Workload workload, boolean compiled, int batch) {
    return String.join(
        "-",
        Stage.PEER.word(),
        workload.bench().kind(),
        workload.peerConfig(),
        Integer.toString(batch),
        workload.bench().dtype(),
        compiled ? "compiled" : "eager");
  }

  private static Map<String, String> environment(Target target, Map<String, String> more) {
    Map<String, String> all = new HashMap<>(target.environment());
    all.putAll(more);
    return all;
  }
}

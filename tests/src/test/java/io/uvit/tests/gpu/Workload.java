package io.uvit.tests.gpu;

import io.uvit.tests.bench.BenchCase;
import java.util.ArrayList;
import java.util.List;

/**
 * Something both contestants are timed at.
 *
 * @param bench what, in words that both know but for the name of the network
 * @param variant tells workloads of the same bench apart; empty for most
 * @param settings overrides of our experiment
 * @param peerConfig the peer's name of the network
 * @param peerBatches batches for the peer: the later ones for when it has no memory for the first
 * @param warmUp steps or runs that do not count
 * @param steps steps or runs that count
 * @param solverSteps steps of a sampling run; 0 for training
 */
record Workload(
    BenchCase bench,
    String variant,
    List<String> settings,
    String peerConfig,
    List<Integer> peerBatches,
    int warmUp,
    int steps,
    int solverSteps) {

  /** The type that both compute in. */
  private static final String TYPE = "bfloat16";

  /** Training of a network as its experiment says, but for the settings. */
  static Workload train(
      String config, int batch, String variant, List<String> settings, Integer... lessForPeer) {
    List<Integer> batches = new ArrayList<>(List.of(batch));
    batches.addAll(List.of(lessForPeer));
    return new Workload(
        new BenchCase("train", config, batch, TYPE), variant, settings, config, batches, 3, 10, 0);
  }

  /** Sampling with guidance where the network takes a condition; one evaluation a step. */
  static Workload sample(String config, int batch, int solverSteps) {
    return new Workload(
        new BenchCase("sample", config, batch, TYPE),
        "",
        List.of("sample.solver=DPM_SOLVER_PP_2M"),
        config,
        List.of(batch),
        1,
        3,
        solverSteps);
  }

  /** The same with another network, whose name the peer knows, and fewer steps. */
  Workload shrunk(List<String> network, String peer) {
    List<String> all = new ArrayList<>(settings);
    all.addAll(network);
    return new Workload(bench, variant, all, peer, peerBatches, 1, 2, solverSteps);
  }

  /** Names the workload in files. */
  String name() {
    return String.join(
            "-",
            bench.kind(),
            bench.config(),
            Integer.toString(bench.batch()),
            bench.dtype(),
            variant.replace(' ', '_'))
        .replaceAll("-$", "");
  }

  /** Arguments of {@code uvit}. */
  List<String> ours(Target target) {
    List<String> words = new ArrayList<>(List.of("bench"));
    words.addAll(bench.arguments());
    words.addAll(List.of("--device", target.ours()));
    words.addAll(List.of("--steps", Integer.toString(steps)));
    words.addAll(List.of("--warm-up", Integer.toString(warmUp)));
    if (solverSteps > 0) {
      words.addAll(List.of("--solver-steps", Integer.toString(solverSteps)));
    }
    for (String setting : settings) {
      words.addAll(List.of("--set", setting));
    }
    return words;
  }

  /** Arguments of the peer. */
  List<String> peers(Target target, int batch, boolean compiled) {
    BenchCase other = new BenchCase(bench.kind(), peerConfig, batch, bench.dtype());
    List<String> words = new ArrayList<>(other.arguments());
    words.addAll(List.of("--device", target.peers()));
    // Its steps are single ones, so that a few of them say little.
    words.addAll(List.of("--steps", Integer.toString(Math.max(steps, solverSteps))));
    words.addAll(List.of("--warmup", "3"));
    if (compiled) {
      words.add("--compile");
    }
    return words;
  }
}

package io.uvit.tests.gpu;

import java.util.Map;

/** The device that is measured. */
enum Target {
  /** The CPU, with any GPU hidden: for trying the scripts. */
  CPU("cpu", "cpu", Map.of("CUDA_VISIBLE_DEVICES", "-1")),
  /** The first GPU. */
  GPU("gpu", "cuda", Map.of());

  private final String ours;
  private final String peers;
  private final Map<String, String> environment;

  Target(String ours, String peers, Map<String, String> environment) {
    this.ours = ours;
    this.peers = peers;
    this.environment = environment;
  }

  /** The word of {@code --device} here. */
  String ours() {
    return ours;
  }

  /** The word of {@code --device} of the peer. */
  String peers() {
    return peers;
  }

  /** What every process of a measurement finds in its environment. */
  Map<String, String> environment() {
    return environment;
  }

  /**
   * The target of a word.
   *
   * @throws UsageException if there is none
   */
  static Target of(String word) {
    for (Target target : values()) {
      if (target.ours.equals(word)) {
        return target;
      }
    }
    throw new UsageException("--device: found '" + word + "', wanted gpu or cpu");
  }
}

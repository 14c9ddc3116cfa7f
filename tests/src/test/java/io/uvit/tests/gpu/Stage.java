package io.uvit.tests.gpu;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Parts of a measurement that can be asked for one by one. */
enum Stage {
  /** Numbers against those of the official code. */
  GOLDEN,
  /** Training steps. */
  TRAIN,
  /** Whole sampling runs. */
  SAMPLE,
  /** The same training and sampling steps by the peer, eager and compiled. */
  PEER;

  /** The word of the command line. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The stage of a word.
   *
   * @throws UsageException if there is none
   */
  static Stage of(String word) {
    return Arrays.stream(values())
        .filter(stage -> stage.word().equals(word))
        .findFirst()
        .orElseThrow(
            () ->
                new UsageException(
                    "--stage: found '"
                        + word
                        + "', wanted "
                        + Arrays.stream(values())
                            .map(Stage::word)
                            .collect(Collectors.joining(", "))));
  }
}

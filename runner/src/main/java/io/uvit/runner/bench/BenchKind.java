package io.uvit.runner.bench;

import java.util.Locale;

/** What is measured. */
public enum BenchKind {
  /** One optimizer step on random data. */
  TRAIN,
  /** One step of the experiment's solver, with guidance where the model takes a condition. */
  SAMPLE,
  /** One batch of the experiment's own data, without a network. */
  DATA,
  /** From the start of the process to the end of its first training step, once. */
  LOAD;

  /** The word of the command line. */
  public String word() {
    return word(this);
  }

  static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}

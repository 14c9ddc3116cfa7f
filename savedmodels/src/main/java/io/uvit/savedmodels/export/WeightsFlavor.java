package io.uvit.savedmodels.export;

/** Which of a run's two sets of weights. */
public enum WeightsFlavor {
  /** The moving average, which the official code samples with. */
  EMA("averaged weights (EMA)"),
  /** The weights the optimizer works on. */
  MODEL("plain weights, not averaged");

  private final String description;

  WeightsFlavor(String description) {
    this.description = description;
  }

  /** A few words for people. */
  public String description() {
    return description;
  }
}

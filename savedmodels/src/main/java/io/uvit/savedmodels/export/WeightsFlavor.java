package io.uvit.savedmodels.export;

/**
 * Which of a run's sets of weights.
 *
 * @param name {@code ema}, {@code model} or {@code ema:RATE}
 * @param description a few words for people
 */
public record WeightsFlavor(String name, String description) {
  /** The main moving average, which the official code samples with. */
  public static final WeightsFlavor EMA = new WeightsFlavor("ema", "averaged weights (EMA)");

  /** The weights the optimizer works on. */
  public static final WeightsFlavor MODEL =
      new WeightsFlavor("model", "plain weights, not averaged");

  /**
   * A further moving average.
   *
   * @param rate the shortest decimal text of its decay, {@code 0.999}
   */
  public static WeightsFlavor extraEma(String rate) {
    return new WeightsFlavor("ema:" + rate, "averaged weights (EMA of rate " + rate + ")");
  }
}

package io.uvit.graph.sampler;

/**
 * One network evaluation of a solver and the update of the registers that follows it.
 *
 * <p>With registers {@code r}, network output {@code m} at input {@code r[0]} and fresh standard
 * normal noise {@code z}: {@code r[i] <- sum_j transition(i, j) r[j] + output(i) m + noise(i) z},
 * all at once.
 */
public final class TableauRow {
  private final Evaluation evaluation;
  private final double[][] coefficients; // [registers][registers + 2]
  private final ModelOutput.Conversion denoised;
  private final double nextTime;
  private final boolean endsStep;

  TableauRow(
      Evaluation evaluation,
      double[][] coefficients,
      ModelOutput.Conversion denoised,
      double nextTime,
      boolean endsStep) {
    this.evaluation = evaluation;
    this.coefficients = coefficients;
    this.denoised = denoised;
    this.nextTime = nextTime;
    this.endsStep = endsStep;
  }

  /** When the network is evaluated; its input is register 0. */
  public Evaluation evaluation() {
    return evaluation;
  }

  /**
   * The matrix [registers][registers + 2] itself, for the interpreters of this package; not to be
   * changed.
   */
  double[][] coefficients() {
    return coefficients;
  }

  /** Number of registers. */
  public int registers() {
    return coefficients.length;
  }

  /** Share of register {@code from} in the new register {@code to}. */
  public double transition(int to, int from) {
    return coefficients[to][from];
  }

  /** Share of the network's output in the new register {@code to}. */
  public double output(int to) {
    return coefficients[to][registers()];
  }

  /** Share of the fresh noise in the new register {@code to}. */
  public double noise(int to) {
    return coefficients[to][registers() + 1];
  }

  /** Whether the row needs fresh noise. */
  public boolean drawsNoise() {
    for (int i = 0; i < registers(); i++) {
      if (noise(i) != 0) {
        return true;
      }
    }
    return false;
  }

  /**
   * How register 0 before the update and the network's output give the estimate of the clean image.
   */
  public ModelOutput.Conversion denoised() {
    return denoised;
  }

  /** Time of register 0 after the update: that of the next evaluation, or of the result. */
  public double nextTime() {
    return nextTime;
  }

  /**
   * Whether register 0 after the update is the solver's state at the end of a step, not an inner
   * stage.
   */
  public boolean endsStep() {
    return endsStep;
  }
}

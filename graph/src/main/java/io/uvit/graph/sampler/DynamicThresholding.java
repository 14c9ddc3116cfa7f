package io.uvit.graph.sampler;

import java.util.Arrays;

/**
 * Dynamic thresholding of the estimated clean image (Saharia et al. 2022): per image {@code s =
 * max(floor, quantile(|x0|))}, then {@code clamp(x0, -s, s) / s * range}.
 *
 * <p>The official {@code dpm_solver_pp.py} has floor 1 and range {@code max_val}; dpm-solver has
 * floor {@code max_val} and range 1.
 *
 * @param quantile of the magnitudes, linearly interpolated, in [0, 1]; 0.995 officially
 * @param floor smallest threshold, > 0
 * @param range largest magnitude of the result, > 0
 */
public record DynamicThresholding(double quantile, double floor, double range) {

  /** The official quantile. */
  public static final double OFFICIAL_QUANTILE = 0.995;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a number is out of range
   */
  public DynamicThresholding {
    if (!(quantile >= 0 && quantile <= 1 && floor > 0 && range > 0)) {
      throw new IllegalArgumentException(
          "thresholding: found quantile "
              + quantile
              + ", floor "
              + floor
              + ", range "
              + range
              + ", wanted quantile in [0, 1], floor and range > 0");
    }
  }

  /**
   * The network turned into one that predicts thresholded clean images: run it with a tableau for
   * {@link ModelOutput#X0}.
   *
   * @param kind what {@code network} predicts
   * @param imageLength elements of one image; images lie one after the other
   */
  public <S> Denoiser<S> apply(
      StateArithmetic<S> arithmetic, Denoiser<S> network, ModelOutput kind, int imageLength) {
    return (x, at, output) -> {
      network.predict(x, at, output);
      ModelOutput.Conversion c = kind.toX0(at.alpha(), at.sigma());
      arithmetic.combine(c.state(), x, c.output(), output, output);
      for (int start = 0; start < arithmetic.length(output); start += imageLength) {
        threshold(arithmetic, output, start, imageLength);
      }
    };
  }

  private <S> void threshold(StateArithmetic<S> arithmetic, S images, int start, int length) {
    double[] magnitudes = new double[length];
    Arrays.setAll(magnitudes, i -> Math.abs(arithmetic.get(images, start + i)));
    Arrays.sort(magnitudes);
    double position = quantile * (length - 1);
    int below = (int) position;
    int above = Math.min(below + 1, length - 1);
    double value = magnitudes[below] + (position - below) * (magnitudes[above] - magnitudes[below]);
    double limit = Math.max(value, floor);
    for (int i = start; i < start + length; i++) {
      double clamped = Math.max(-limit, Math.min(limit, arithmetic.get(images, i)));
      arithmetic.set(images, i, clamped / limit * range);
    }
  }
}

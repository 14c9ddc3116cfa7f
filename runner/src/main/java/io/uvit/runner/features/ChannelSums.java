package io.uvit.runner.features;

import java.util.Arrays;

/**
 * Sums over the latent channels of items, in double: of the means (or latents), of their squares,
 * and of the variances of the posterior, which are exp of the log-variance clamped to [-30, 20]
 * (official autoencoder.py sample) and 0 for a deterministic one. Items are added one value after
 * the other, so the sums depend on the items and their order alone.
 */
final class ChannelSums {
  private static final float LEAST_LOG_VARIANCE = -30;
  private static final float MOST_LOG_VARIANCE = 20;

  private final FeatureShape shape;
  private final double[] sum;
  private final double[] squares;
  private final double[] variances;

  ChannelSums(FeatureShape shape) {
    this(
        shape,
        new double[shape.latentChannels()],
        new double[shape.latentChannels()],
        new double[shape.latentChannels()]);
  }

  /** Takes ownership of the arrays, one value a latent channel. */
  ChannelSums(FeatureShape shape, double[] sum, double[] squares, double[] variances) {
    this.shape = shape;
    this.sum = sum;
    this.squares = squares;
    this.variances = variances;
  }

  /**
   * Adds an item [h, w, c].
   *
   * @param offset of its first value
   * @return false if a value is not finite; the sums are then of no use
   */
  boolean add(float[] moments, int offset) {
    int channels = shape.channels();
    int latent = shape.latentChannels();
    boolean finite = true;
    for (int at = offset; at < offset + shape.values(); at += channels) {
      for (int c = 0; c < latent; c++) {
        float value = moments[at + c];
        finite &= Float.isFinite(value);
        sum[c] += value;
        squares[c] += (double) value * value;
      }
      for (int c = latent; c < channels; c++) {
        float logVariance = moments[at + c];
        finite &= Float.isFinite(logVariance);
        variances[c - latent] += variance(logVariance);
      }
    }
    return finite;
  }

  /** StrictMath, as exp may differ in its last bit between machines otherwise. */
  private static double variance(float logVariance) {
    return StrictMath.exp(Math.min(Math.max(logVariance, LEAST_LOG_VARIANCE), MOST_LOG_VARIANCE));
  }

  /** Adds the sums of other items. */
  void add(ChannelSums other) {
    for (int c = 0; c < sum.length; c++) {
      sum[c] += other.sum[c];
      squares[c] += other.squares[c];
      variances[c] += other.variances[c];
    }
  }

  double[] sum() {
    return sum.clone();
  }

  double[] squares() {
    return squares.clone();
  }

  double[] variances() {
    return variances.clone();
  }

  boolean sameAs(ChannelSums other) {
    return Arrays.equals(sum, other.sum)
        && Arrays.equals(squares, other.squares)
        && Arrays.equals(variances, other.variances);
  }
}

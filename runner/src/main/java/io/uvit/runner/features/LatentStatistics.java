package io.uvit.runner.features;

import java.util.Arrays;

/**
 * Mean and standard deviation of unscaled latents, per channel and over all values, from the sums
 * of a store. Two spreads are told apart: of the posterior's means, and of samples of the
 * posterior, whose variance is larger by the mean of the posterior's variances. Scale factors are
 * about samples, as what the network is trained on (Rombach et al. 2022, appendix G: divide by the
 * standard deviation of the latents).
 */
public final class LatentStatistics {
  private final long items;
  private final double[] mean;
  private final double[] meanSquare;
  private final double[] posteriorVariance;

  private LatentStatistics(long items, long values, ChannelSums sums) {
    this.items = items;
    this.mean = divided(sums.sum(), values);
    this.meanSquare = divided(sums.squares(), values);
    this.posteriorVariance = divided(sums.variances(), values);
  }

  /** Of the items that {@code sums} is over, at least one. */
  static LatentStatistics of(FeatureShape shape, long items, ChannelSums sums) {
    return new LatentStatistics(items, items * shape.height() * shape.width(), sums);
  }

  private static double[] divided(double[] sums, long count) {
    return Arrays.stream(sums).map(sum -> sum / count).toArray();
  }

  /** Items the statistics are over. */
  public long items() {
    return items;
  }

  /** Mean of each latent channel. */
  public double[] channelMean() {
    return mean.clone();
  }

  /** Standard deviation of samples, of each latent channel. */
  public double[] channelStd() {
    double[] std = new double[mean.length];
    for (int c = 0; c < std.length; c++) {
      std[c] = root(meanSquare[c] + posteriorVariance[c] - mean[c] * mean[c]);
    }
    return std;
  }

  /** Standard deviation of the posterior's means, of each latent channel. */
  public double[] channelStdOfMeans() {
    double[] std = new double[mean.length];
    for (int c = 0; c < std.length; c++) {
      std[c] = root(meanSquare[c] - mean[c] * mean[c]);
    }
    return std;
  }

  /** Mean over all values. */
  public double globalMean() {
    return Arrays.stream(mean).average().orElseThrow();
  }

  /** Standard deviation of all values of samples. */
  public double globalStd() {
    double square = Arrays.stream(meanSquare).average().orElseThrow();
    double variance = Arrays.stream(posteriorVariance).average().orElseThrow();
    return root(square + variance - globalMean() * globalMean());
  }

  /**
   * 1 / {@link #globalStd}: what brings samples to standard deviation 1; infinite if all values are
   * the same.
   */
  public double scaleFactor() {
    return 1 / globalStd();
  }

  private static double root(double variance) {
    return Math.sqrt(Math.max(variance, 0));
  }
}

package io.uvit.graph.diffusion;

/**
 * Conversions between the half log-SNR and the signal coefficient of a variance-preserving
 * schedule.
 */
final class HalfLogSnr {
  private HalfLogSnr() {}

  /** {@code log(1 + e^x)} without overflow. */
  static double softplus(double x) {
    return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  }

  /** {@code log alpha} at half log-SNR {@code lambda}. */
  static double logAlpha(double lambda) {
    return -0.5 * softplus(-2 * lambda);
  }
}

package io.uvit.graph.sampler;

/**
 * What a network's output means, for a noised image {@code x = alpha x0 + sigma eps} with {@code
 * alpha^2 + sigma^2 = 1}.
 */
public enum ModelOutput {
  /** The noise {@code eps}. */
  NOISE,
  /** The clean image {@code x0}. */
  X0,
  /** The velocity {@code alpha eps - sigma x0} (Salimans and Ho 2022). */
  V,
  /** The score of the noised density, {@code -eps / sigma}. */
  SCORE;

  /**
   * A linear conversion {@code converted = state * x + output * (network output)}.
   *
   * @param state coefficient of the noised image
   * @param output coefficient of the network's output
   */
  public record Conversion(double state, double output) {}

  /**
   * How an output of this kind becomes noise.
   *
   * @param alpha signal coefficient at the evaluation, in [0, 1]
   * @param sigma noise coefficient at the evaluation, > 0 for X0
   */
  public Conversion toNoise(double alpha, double sigma) {
    return switch (this) {
      case NOISE -> new Conversion(0, 1);
      case X0 -> new Conversion(1 / sigma, -alpha / sigma);
      case V -> new Conversion(sigma, alpha);
      case SCORE -> new Conversion(0, -sigma);
    };
  }

  /**
   * How an output of this kind becomes the clean image.
   *
   * @param alpha signal coefficient at the evaluation, > 0 for NOISE and SCORE
   * @param sigma noise coefficient at the evaluation, in [0, 1]
   */
  public Conversion toX0(double alpha, double sigma) {
    return switch (this) {
      case NOISE -> new Conversion(1 / alpha, -sigma / alpha);
      case X0 -> new Conversion(0, 1);
      case V -> new Conversion(alpha, -sigma);
      case SCORE -> new Conversion(1 / alpha, sigma * sigma / alpha);
    };
  }

  /** The kind that an experiment's {@code diffusion.prediction} names; unset means noise. */
  public static ModelOutput of(io.uvit.config.v1.Prediction prediction) {
    return switch (prediction) {
      case PREDICTION_UNSPECIFIED, NOISE -> NOISE;
      case X0 -> X0;
      case UNRECOGNIZED ->
          throw new IllegalArgumentException(
              "diffusion.prediction: unknown value, wanted NOISE or X0");
    };
  }
}

package io.uvit.runner.train;

import java.util.OptionalDouble;

/**
 * What one optimizer step reports.
 *
 * @param loss mean square error, with the weights of diffusion.min_snr_gamma, before the update
 * @param gradientNorm global L2 norm, before clipping and without loss scale
 * @param learningRate of this step
 * @param finite whether loss and gradient were finite, that is whether the weights were updated
 * @param lossScale of this step, where the loss is scaled
 * @param lossPerImage mean square error of each image, without weights, [B]
 * @param unitTime [B], each image's place within the schedule, in [0, 1]
 */
public record StepResult(
    float loss,
    float gradientNorm,
    double learningRate,
    boolean finite,
    OptionalDouble lossScale,
    float[] lossPerImage,
    float[] unitTime) {

  /**
   * Whether the gradient of the scaled loss alone was not finite, which a smaller scale is there to
   * mend.
   */
  public boolean overflowed() {
    return !finite && lossScale.isPresent() && Float.isFinite(loss);
  }
}

package io.uvit.runner.train;

/**
 * What one optimizer step reports.
 *
 * @param loss mean square error, with the weights of diffusion.min_snr_gamma, before the update
 * @param gradientNorm global L2 norm, before clipping
 * @param learningRate of this step
 * @param finite whether loss and gradient were finite, that is whether the weights were updated
 * @param lossPerImage mean square error of each image, without weights, [B]
 * @param unitTime [B], each image's place within the schedule, in [0, 1]
 */
public record StepResult(
    float loss,
    float gradientNorm,
    double learningRate,
    boolean finite,
    float[] lossPerImage,
    float[] unitTime) {}

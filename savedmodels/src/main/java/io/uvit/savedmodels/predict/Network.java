package io.uvit.savedmodels.predict;

/** A denoising network on host arrays, wherever its weights live. */
@FunctionalInterface
public interface Network {
  /**
   * Evaluates the network on a batch.
   *
   * @param x noisy images, B * H * W * C values, NHWC
   * @param networkTime the network's own time input, the same for all images
   * @param condition one for each image; null for an unconditional network
   * @return the prediction, as long as x
   */
  float[] predict(float[] x, float networkTime, Condition condition);

  /** What a batch is conditioned on. */
  sealed interface Condition {
    /**
     * Class labels.
     *
     * @param labels [B]
     */
    record Labels(int... labels) implements Condition {}

    /**
     * Encoded texts.
     *
     * @param values B * numTokens * contextDim values
     */
    record Contexts(float... values) implements Condition {}
  }
}

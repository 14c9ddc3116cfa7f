package io.uvit.graph.sampler;

/**
 * A network on a batch of images, guidance and the like included.
 *
 * @param <S> array of a whole batch, {@code double[]} or {@code float[]}; the layout is the
 *     caller's own
 */
@FunctionalInterface
public interface Denoiser<S> {

  /**
   * Evaluates the network.
   *
   * @param x the noised images; not to be changed
   * @param at the time, in the form the network wants too
   * @param output where the output goes, as long as x
   */
  void predict(S x, Evaluation at, S output);
}

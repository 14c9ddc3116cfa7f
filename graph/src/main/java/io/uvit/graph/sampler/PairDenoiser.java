package io.uvit.graph.sampler;

/**
 * A conditional network that gives its outputs with and without the condition in one pass, on a
 * batch of twice the size.
 *
 * @param <S> array of a whole batch
 */
@FunctionalInterface
public interface PairDenoiser<S> {

  /**
   * Evaluates the network.
   *
   * @param x the noised images; not to be changed
   * @param at the time
   * @param conditional where the output under the condition goes
   * @param unconditional where the output under the null condition goes
   */
  void predict(S x, Evaluation at, S conditional, S unconditional);
}

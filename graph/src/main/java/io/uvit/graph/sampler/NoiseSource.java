package io.uvit.graph.sampler;

/**
 * Standard normal noise for the stochastic solvers.
 *
 * @param <S> array of a whole batch
 */
@FunctionalInterface
public interface NoiseSource<S> {

  /**
   * Fills {@code noise} with independent standard normal numbers.
   *
   * @param evaluation index of the evaluation after which the noise is added
   */
  void fill(int evaluation, S noise);

  /** For solvers that draw nothing. */
  static <S> NoiseSource<S> none() {
    return (evaluation, noise) -> {
      throw new IllegalStateException("no noise source given, wanted one: the solver draws noise");
    };
  }
}

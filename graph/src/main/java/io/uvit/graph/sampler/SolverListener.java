package io.uvit.graph.sampler;

import java.util.function.Supplier;

/**
 * Watches a run and may stop it.
 *
 * @param <S> array of a whole batch
 */
public interface SolverListener<S> {

  /**
   * After each network evaluation, before the state moves.
   *
   * @param at the evaluation
   * @param denoised computes the current estimate of the clean images into a new array; valid
   *     during the call
   * @return false to stop the run here
   */
  default boolean evaluated(Evaluation at, Supplier<S> denoised) {
    return true;
  }

  /**
   * After each update.
   *
   * @param row the row just done
   * @param state the images at {@code row.nextTime()}; valid during the call, not to be changed
   * @return false to stop the run here
   */
  default boolean updated(TableauRow row, S state) {
    return true;
  }

  /** Watches nothing. */
  static <S> SolverListener<S> none() {
    return new SolverListener<>() {};
  }
}

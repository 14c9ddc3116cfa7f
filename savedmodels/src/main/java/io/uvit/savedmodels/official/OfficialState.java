package io.uvit.savedmodels.official;

import io.uvit.savedmodels.weights.TensorFile;
import java.util.Optional;

/**
 * The whole state of a training of the official code. The tensors stay in their files and are read
 * when asked for, under the official parameter names.
 *
 * @param step steps done
 * @param updates updates of the weights; fewer than {@code step} where steps were skipped because a
 *     scaled gradient overflowed
 * @param group the optimizer's numbers
 * @param schedule the learning rate's position
 * @param weights the network
 * @param average the averaged network
 * @param moments of AdamW; empty before the first update, where they are zero
 */
public record OfficialState(
    long step,
    long updates,
    AdamWGroup group,
    ScheduleState schedule,
    TensorFile weights,
    TensorFile average,
    Optional<Moments> moments)
    implements AutoCloseable {

  /**
   * The moments of AdamW.
   *
   * @param first moving averages of the gradients ({@code exp_avg})
   * @param second moving averages of their squares ({@code exp_avg_sq})
   */
  public record Moments(TensorFile first, TensorFile second) {}

  /** Closes the files of the tensors. */
  @Override
  public void close() {
    weights.close();
    average.close();
    moments.ifPresent(
        m -> {
          m.first().close();
          m.second().close();
        });
  }
}

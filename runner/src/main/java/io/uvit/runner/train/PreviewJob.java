package io.uvit.runner.train;

import io.uvit.runner.image.ByteImage;
import java.io.IOException;
import java.util.function.BooleanSupplier;

/**
 * Makes previews while training goes on, one at a time: the training thread takes the averaged
 * weights of a step, another one samples with them and hands the grid over.
 *
 * <p><b>Threads</b>: all methods are for the training thread. <b>Resources</b>: closing waits for
 * the preview that is being made; to be closed before the session.
 */
final class PreviewJob implements AutoCloseable {
  private final Previews previews;
  private final TrainingSession session;
  private final TrainListener listener;
  private final BackgroundJob<Long> job = new BackgroundJob<>("preview");

  /**
   * A job without work.
   *
   * @param session of an experiment with previews
   * @param listener is given each grid
   */
  PreviewJob(Previews previews, TrainingSession session, TrainListener listener) {
    this.previews = previews;
    this.session = session;
    this.listener = listener;
  }

  /**
   * Starts the preview of the session's present averages; waits for an earlier one first.
   *
   * @throws IOException why the earlier one failed
   */
  void start(long step) throws IOException {
    job.await();
    AveragedWeights weights = session.takeAverages();
    job.start(() -> make(step, weights));
  }

  private Long make(long step, AveragedWeights weights) throws IOException {
    listener.previewed(step, grid(weights));
    return step;
  }

  /** Frees the weights before the grid is written. */
  private ByteImage grid(AveragedWeights weights) {
    try (weights) {
      return previews.grid(weights.solver());
    }
  }

  /**
   * Says what is wrong with a preview that was finished since the last call.
   *
   * @throws IOException why it failed; once
   */
  void check() throws IOException {
    job.finished();
  }

  /** Whether the preview that is being made now succeeds, see {@link BackgroundJob#success}. */
  BooleanSupplier success() {
    return job.success();
  }

  /**
   * Waits for the preview that is being made.
   *
   * @throws IOException why it failed, unless that was said before
   */
  @Override
  public void close() throws IOException {
    job.close();
  }
}

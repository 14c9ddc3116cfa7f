package io.uvit.runner.train;

import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Train;
import io.uvit.ops.optim.Ema;
import io.uvit.runner.data.Batch;
import io.uvit.runner.data.BatchOptions;
import io.uvit.runner.data.BatchSource;
import io.uvit.runner.data.DataException;
import io.uvit.runner.metrics.MemoryUse;
import io.uvit.runner.metrics.MetricsLine;
import io.uvit.savedmodels.checkpoint.CheckpointStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * The training loop: batches in, one {@code Session.run} a step, log lines, previews and
 * checkpoints when they are due, until the last step or a stop request.
 *
 * <p>A checkpoint holds training up only for as long as it takes to copy the state to the host's
 * memory, a preview only until its weights are taken; other threads write the files of the one and
 * sample and write the other, one of each at a time. One that fails ends the run at its next step.
 *
 * <p>A checkpoint is committed after the previews that were due up to its step, so that a run that
 * resumes from it, after whatever end, lacks none. It is not committed if one of them failed.
 */
public final class Trainer {

  /** How a run ended. */
  public enum Outcome {
    FINISHED,
    STOPPED
  }

  private final Experiment experiment;
  private final Train config;
  private final TrainingData data;
  private final TrainingSession session;
  private final CheckpointStore store;
  private final TrainListener listener;
  private final StopRequest stop;
  private final MetricsWindow window;
  private final BackgroundJob<Optional<Path>> checkpoints = new BackgroundJob<>("checkpoint");
  private Optional<PreviewJob> previews = Optional.empty();
  private long step;
  private Optional<Path> lastSaved;
  private long savedStep;
  private long windowStartNanos;
  private long windowWaitNanos;
  private long windowImages;

  /**
   * @param experiment resolved
   * @param data of the experiment; not closed here
   * @param session with its variables' values set
   * @param window the open log window, as restored
   * @param store checkpoints of the run
   * @param start the checkpoint the session's values are from; empty for a fresh run
   */
  public Trainer(
      Experiment experiment,
      TrainingData data,
      TrainingSession session,
      MetricsWindow window,
      CheckpointStore store,
      Optional<Path> start,
      TrainListener listener,
      StopRequest stop) {
    this.experiment = experiment;
    this.config = experiment.getTrain();
    this.data = data;
    this.session = session;
    this.window = window;
    this.store = store;
    this.lastSaved = start;
    this.listener = listener;
    this.stop = stop;
  }

  /**
   * Trains from the session's step to the last one and leaves a checkpoint behind. For one call.
   *
   * @throws DivergedException after too many skipped updates
   * @throws IOException if a checkpoint or what a listener writes cannot be written
   */
  public Outcome run() throws IOException, DataException, InterruptedException {
    try (checkpoints) {
      if (config.getPreviewEvery() == 0) {
        return train();
      }
      try (PreviewJob job = new PreviewJob(Previews.of(experiment, data), session, listener)) {
        previews = Optional.of(job);
        return train();
      }
    }
  }

  private Outcome train() throws IOException, DataException, InterruptedException {
    data.texts().ifPresent(texts -> session.setEmptyContext(texts.empty()));
    step = session.count(session.graph().step());
    savedStep = lastSaved.isPresent() ? step : -1;
    listener.started(step);
    if (step >= config.getSteps()) {
      return Outcome.FINISHED;
    }
    BatchOptions options =
        BatchOptions.of(experiment.getData(), experiment.getSeed(), config.getBatchSize(), step);
    try (BatchSource batches = BatchSource.start(data.dataset(), options)) {
      windowStartNanos = System.nanoTime();
      while (step < config.getSteps() && stop.reason() == null) {
        one(batches);
      }
    }
    if (savedStep != step) {
      checkpoint();
    }
    took(checkpoints.await());
    return step < config.getSteps() ? Outcome.STOPPED : Outcome.FINISHED;
  }

  private void one(BatchSource batches) throws IOException, DataException, InterruptedException {
    took(checkpoints.finished());
    if (previews.isPresent()) {
      previews.get().check();
    }
    Batch batch = batches.next();
    StepResult result = data.step(session, batch);
    windowWaitNanos += batches.lastWaitNanos();
    windowImages += config.getBatchSize();
    step++;
    window.add(result);
    listener.stepped(step, result);
    if (!result.finite()) {
      refuseDivergence();
    }
    if (due(config.getLogEvery())) {
      log(result);
    }
    if (due(config.getPreviewEvery())) {
      preview();
    }
    if (due(config.getCheckpointEvery()) && step < config.getSteps()) {
      checkpoint();
    }
  }

  private boolean due(long every) {
    return every > 0 && (step % every == 0 || step == config.getSteps());
  }

  private void log(StepResult last) throws IOException {
    double seconds = (System.nanoTime() - windowStartNanos) / 1e9;
    MetricsLine line =
        MetricsLine.at(step)
            .put("loss", window.loss())
            .put("grad_norm", window.gradientNorm())
            .put("learning_rate", last.learningRate())
            .put("images", step * config.getBatchSize())
            .put("skipped_updates", window.skipped())
            .put("loss_by_noise", window.lossByNoise())
            .put("seconds", seconds)
            .put("images_per_second", windowImages / seconds)
            .put("wait_fraction", windowWaitNanos / 1e9 / seconds)
            .put("resident_bytes", MemoryUse.now().resident());
    if (config.getEmaWarmup()) {
      line.put("ema_decay", new Ema(config.getEmaDecay(), true).at(step - 1));
    }
    last.lossScale().ifPresent(scale -> line.put("loss_scale", scale));
    listener.logged(line);
    window.reset();
    restartClock();
  }

  private void restartClock() {
    windowStartNanos = System.nanoTime();
    windowWaitNanos = 0;
    windowImages = 0;
  }

  /** Takes the averaged weights and has a preview made; waits for an earlier one first. */
  private void preview() throws IOException {
    long begun = System.nanoTime();
    previews.orElseThrow().start(step);
    windowStartNanos += System.nanoTime() - begun;
  }

  /** Copies the state and has it written; waits for an earlier checkpoint first. */
  private void checkpoint() throws IOException {
    long begun = System.nanoTime();
    took(checkpoints.await());
    Map<String, String> facts =
        Map.of(
            TrainingCheckpoint.DATASET_DIGEST,
            data.dataset().digest(),
            "images",
            Long.toString(step * config.getBatchSize()));
    listener.checkpointing(step);
    TrainingSnapshot snapshot = TrainingSnapshot.of(session, experiment, window, facts);
    long at = step;
    long bytes = TrainingCheckpoint.expectedBytes(session);
    BooleanSupplier previewed = previews.map(PreviewJob::success).orElse(() -> true);
    checkpoints.start(() -> commit(at, bytes, snapshot, previewed));
    savedStep = at;
    windowStartNanos += System.nanoTime() - begun;
  }

  /** By the thread that writes; empty where a preview failed, which ends the run. */
  private Optional<Path> commit(
      long at, long bytes, TrainingSnapshot snapshot, BooleanSupplier previewed)
      throws IOException {
    try (snapshot) {
      if (!previewed.getAsBoolean()) {
        return Optional.empty();
      }
      Path folder = store.commit(at, bytes, snapshot);
      store.prune(config.getKeepLast(), config.getKeepEvery());
      listener.checkpointed(at, folder);
      return Optional.of(folder);
    }
  }

  private void took(Optional<Optional<Path>> written) {
    lastSaved = written.flatMap(path -> path).or(() -> lastSaved);
  }

  private void refuseDivergence() throws IOException {
    long skipped = session.count(session.graph().skipped());
    if (skipped <= config.getMaxSkippedUpdates()) {
      return;
    }
    took(checkpoints.await());
    throw new DivergedException(
        "diverged at step "
            + step
            + ": "
            + skipped
            + " updates skipped because loss or gradient was not finite, wanted at most train.max_skipped_updates = "
            + config.getMaxSkippedUpdates()
            + "; last good checkpoint: "
            + lastSaved.map(Path::toString).orElse("none"));
  }
}

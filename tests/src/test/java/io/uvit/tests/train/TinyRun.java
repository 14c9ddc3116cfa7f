package io.uvit.tests.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.uvit.config.ConfigLoader;
import io.uvit.config.v1.Experiment;
import io.uvit.runner.data.Dataset;
import io.uvit.runner.data.Datasets;
import io.uvit.runner.image.ByteImage;
import io.uvit.runner.metrics.MetricsLine;
import io.uvit.runner.metrics.ProgressStyle;
import io.uvit.runner.train.MetricsWindow;
import io.uvit.runner.train.Resume;
import io.uvit.runner.train.RunDirectory;
import io.uvit.runner.train.RunLog;
import io.uvit.runner.train.StepResult;
import io.uvit.runner.train.StopRequest;
import io.uvit.runner.train.TrainListener;
import io.uvit.runner.train.Trainer;
import io.uvit.runner.train.TrainingData;
import io.uvit.runner.train.TrainingRun;
import io.uvit.runner.train.TrainingSession;
import io.uvit.savedmodels.checkpoint.CheckpointStore;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The quickstart experiment made so small that a step takes milliseconds. */
final class TinyRun {
  /** Steps of the whole run. */
  static final long STEPS = 60;

  /** Steps between checkpoints. */
  static final long CHECKPOINT_EVERY = 10;

  private static final List<String> OVERRIDES =
      List.of(
          "name=tiny",
          "model.embed_dim=16",
          "model.depth=2",
          "model.num_heads=2",
          "train.batch_size=8",
          "train.steps=" + STEPS,
          "train.adamw.learning_rate=1e-3",
          "train.warmup_steps=5",
          "train.learning_rate_decay=CONSTANT",
          "train.grad_clip_norm=1",
          "train.ema_decay=0.9",
          "train.log_every=7",
          "train.preview_every=20",
          "train.preview.steps=3",
          "train.checkpoint_every=" + CHECKPOINT_EVERY,
          "train.keep_last=100");

  private TinyRun() {}

  /** The experiment with further overrides. */
  static Experiment experiment(String... more) throws Exception {
    return ConfigLoader.load("quickstart", overrides(more));
  }

  /** The command line of the experiment with further overrides. */
  static String[] command(Path directory, String... more) {
    List<String> words =
        new ArrayList<>(
            List.of("train", "--config", "quickstart", "--run-dir", directory.toString()));
    for (String override : overrides(more)) {
      words.add("--set");
      words.add(override);
    }
    return words.toArray(String[]::new);
  }

  private static List<String> overrides(String... more) {
    List<String> all = new ArrayList<>(OVERRIDES);
    all.addAll(List.of(more));
    return all;
  }

  /** Runs in this process until {@code stopAfter} finished steps, or to the end. */
  static Trainer.Outcome run(Experiment experiment, Path directory, long stopAfter)
      throws Exception {
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    RunDirectory run = new RunDirectory(directory);
    StopRequest stop = new StopRequest();
    try (RunLog log = new RunLog(run, experiment, nowhere, ProgressStyle.of(false, Map.of()))) {
      return new TrainingRun(experiment, run, new Resume.Auto(), Optional.empty())
          .execute(new Stopping(log, stop, stopAfter), stop, note -> {});
    }
  }

  /** Trains to the end in this process, without a log. */
  static void train(Experiment experiment, CheckpointStore store, TrainListener listener)
      throws Exception {
    try (Dataset dataset = Datasets.open(experiment.getData(), experiment.getModel());
        TrainingSession session = new TrainingSession(experiment)) {
      session.initialize();
      Trainer.Outcome outcome =
          new Trainer(
                  experiment,
                  TrainingData.of(dataset),
                  session,
                  new MetricsWindow(),
                  store,
                  Optional.empty(),
                  listener,
                  new StopRequest())
              .run();
      assertEquals(Trainer.Outcome.FINISHED, outcome);
    }
  }

  /** Asks the run to stop after a step. */
  private record Stopping(TrainListener next, StopRequest stop, long stopAfter)
      implements TrainListener {
    @Override
    public void started(long step) throws IOException {
      next.started(step);
    }

    @Override
    public void stepped(long step, StepResult result) throws IOException {
      if (step == stopAfter) {
        stop.stop(StopRequest.Reason.TERMINATE);
      }
      next.stepped(step, result);
    }

    @Override
    public void logged(MetricsLine line) throws IOException {
      next.logged(line);
    }

    @Override
    public void previewed(long step, ByteImage grid) throws IOException {
      next.previewed(step, grid);
    }

    @Override
    public void checkpointing(long step) throws IOException {
      next.checkpointing(step);
    }

    @Override
    public void checkpointed(long step, Path folder) throws IOException {
      next.checkpointed(step, folder);
    }
  }
}

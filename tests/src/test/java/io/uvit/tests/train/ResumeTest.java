package io.uvit.tests.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.uvit.config.ConfigException;
import io.uvit.config.v1.Experiment;
import io.uvit.runner.cli.ExitCode;
import io.uvit.runner.metrics.MetricsLog;
import io.uvit.runner.train.MetricsWindow;
import io.uvit.runner.train.RunDirectory;
import io.uvit.runner.train.Trainer;
import io.uvit.runner.train.TrainingCheckpoint;
import io.uvit.runner.train.TrainingSession;
import io.uvit.savedmodels.checkpoint.Checkpoint;
import io.uvit.savedmodels.checkpoint.CheckpointStore;
import io.uvit.tests.cli.Cli;
import io.uvit.tests.cli.CliProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A run repeated, stopped and resumed, or killed and resumed is the uninterrupted run bit by bit:
 * weights, average, moments, counters, log lines without timing, previews.
 */
class ResumeTest {
  @TempDir static Path folder;

  private static Path uninterrupted;

  @BeforeAll
  static void runWithoutInterruption() throws Exception {
    uninterrupted = folder.resolve("uninterrupted");
    assertEquals(
        Trainer.Outcome.FINISHED, TinyRun.run(TinyRun.experiment(), uninterrupted, Long.MAX_VALUE));
  }

  @Test
  void theRunLeavesWhatItPromises() throws Exception {
    RunDirectory run = new RunDirectory(uninterrupted);
    assertTrue(Files.readString(run.experiment()).contains("embed_dim: 16"));
    List<JsonObject> lines = MetricsLog.read(run.metrics());
    assertEquals(
        List.of(7L, 14L, 21L, 28L, 35L, 42L, 49L, 56L, 60L),
        lines.stream().map(l -> l.get("step").getAsLong()).toList());
    JsonObject last = lines.get(lines.size() - 1);
    assertEquals(60 * 8, last.get("images").getAsLong());
    assertEquals(1e-3, last.get("learning_rate").getAsDouble());
    assertTrue(last.get("loss").getAsDouble() < lines.get(0).get("loss").getAsDouble());
    assertEquals(10, last.get("loss_by_noise").getAsJsonArray().size());
    assertEquals(1, names(run.events()).size());
    assertEquals(List.of("00000020.png", "00000040.png", "00000060.png"), names(run.samples()));
    var grid = ImageIO.read(run.preview(60).toFile());
    assertEquals(10 * 28 + 9 * 2 + 4, grid.getWidth());
    assertEquals(10 * 28 + 9 * 2 + 4, grid.getHeight());
    assertEquals(
        List.of(
            "step-000010",
            "step-000020",
            "step-000030",
            "step-000040",
            "step-000050",
            "step-000060"),
        names(uninterrupted.resolve("checkpoints")));
  }

  @Test
  void anIdenticalRunIsEqual() throws Exception {
    Path again = folder.resolve("again");
    TinyRun.run(TinyRun.experiment(), again, Long.MAX_VALUE);
    assertSameRun(again);
  }

  /** Stops before the first checkpoint, in the middle of log windows, and on a checkpoint. */
  @Test
  void stopsAndResumesAreNotSeenInTheResult() throws Exception {
    Path cut = folder.resolve("cut");
    Experiment experiment = TinyRun.experiment();
    for (long stop : new long[] {1, 17, 40}) {
      assertEquals(Trainer.Outcome.STOPPED, TinyRun.run(experiment, cut, stop));
      Checkpoint.open(cut.resolve("checkpoints/step-%06d".formatted(stop)));
    }
    assertEquals(Trainer.Outcome.FINISHED, TinyRun.run(experiment, cut, Long.MAX_VALUE));
    assertSameRun(cut);
    assertEquals(4, names(new RunDirectory(cut).events()).size());
    // Once more: there is nothing left to do, and nothing is changed.
    assertEquals(Trainer.Outcome.FINISHED, TinyRun.run(experiment, cut, Long.MAX_VALUE));
    assertSameRun(cut);
  }

  /** The search for a loss scale goes on where it stopped: no step of it is made twice. */
  @Test
  void inFloat16TheLossScaleIsResumedToo() throws Exception {
    Experiment experiment = TinyRun.experiment("runtime.precision=FLOAT16", "train.steps=20");
    Path whole = folder.resolve("float16");
    Path cut = folder.resolve("float16-cut");
    TinyRun.run(experiment, whole, Long.MAX_VALUE);
    for (long stop : new long[] {3, 10}) {
      assertEquals(Trainer.Outcome.STOPPED, TinyRun.run(experiment, cut, stop));
    }
    TinyRun.run(experiment, cut, Long.MAX_VALUE);
    for (long step : new long[] {10, 20}) {
      String name = "checkpoints/step-%06d".formatted(step);
      Checkpoint wanted = Checkpoint.open(whole.resolve(name));
      Checkpoint same = Checkpoint.open(cut.resolve(name));
      for (String file :
          List.of(TrainingCheckpoint.MODEL, TrainingCheckpoint.EMA, TrainingCheckpoint.OPTIMIZER)) {
        assertEquals(-1, Files.mismatch(wanted.file(file), same.file(file)), name + " " + file);
      }
      assertEquals(wanted.manifest().facts(), same.manifest().facts());
      assertEquals("65536.0", same.manifest().facts().get("loss_scale"));
      assertEquals(Long.toString(step), same.manifest().facts().get("growth_tracker"));
    }
    assertEquals(lines(new RunDirectory(whole)), lines(new RunDirectory(cut)));
    JsonObject last = lines(new RunDirectory(cut)).get(2);
    assertEquals(65536, last.get("loss_scale").getAsDouble());
    assertEquals(0, last.get("skipped_updates").getAsLong());
  }

  /** In which precision a run computes is part of what it is. */
  @Test
  void anotherPrecisionIsRefusedWithBothNamed() throws Exception {
    Path run = folder.resolve("precision");
    TinyRun.run(TinyRun.experiment(), run, 1);
    ConfigException refused =
        assertThrows(
            ConfigException.class,
            () -> TinyRun.run(TinyRun.experiment("runtime.precision=FLOAT16"), run, 2));
    assertTrue(refused.getMessage().contains("runtime.precision"), refused.getMessage());
    assertTrue(refused.getMessage().contains("FLOAT16, wanted FLOAT32"), refused.getMessage());
  }

  /** A checkpoint's state fits a graph of any precision; a scale that it lacks is the first one. */
  @Test
  void checkpointsAreReadIntoGraphsOfOtherPrecisions() throws Exception {
    Checkpoint float32 = Checkpoint.open(uninterrupted.resolve("checkpoints/step-000010"));
    Experiment experiment = TinyRun.experiment();
    try (TrainingSession session =
        new TrainingSession(TinyRun.experiment("runtime.precision=FLOAT16"))) {
      TrainingCheckpoint.read(float32, session, new MetricsWindow());
      Path folder =
          CheckpointStore.builder(ResumeTest.folder.resolve("as-float16"))
              .build()
              .commit(
                  10,
                  to ->
                      TrainingCheckpoint.write(
                          to, experiment, session, new MetricsWindow(), Map.of()));
      Checkpoint float16 = Checkpoint.open(folder);
      assertEquals("65536.0", float16.manifest().facts().get("loss_scale"));
      assertEquals("0", float16.manifest().facts().get("growth_tracker"));
      try (TrainingSession back = new TrainingSession(experiment)) {
        TrainingCheckpoint.read(float16, back, new MetricsWindow());
        assertEquals(10, back.count(back.graph().step()));
      }
    }
  }

  @Test
  void aKilledProcessIsResumedByTheSameCommand() throws Exception {
    Path killed = folder.resolve("killed");
    String[] command = TinyRun.command(killed);
    long millis = new Random().nextInt(400);
    try (CliProcess process = Cli.inChildJvm().in(folder).start(command)) {
      process.awaitErrorLine("checkpoint .*step-000010");
      Thread.sleep(millis);
      process.signal("KILL");
      assertEquals(128 + 9, process.await().exitCode(), "the process ended before it was killed");
    }
    Cli.inChildJvm().in(folder).run(command).expect(ExitCode.OK).expectError("resuming at step ");
    assertSameRun(killed);
  }

  /** Compares a run with the uninterrupted one. */
  private static void assertSameRun(Path found) throws IOException {
    for (long step = TinyRun.CHECKPOINT_EVERY; step <= TinyRun.STEPS; step += 10) {
      String name = "checkpoints/step-%06d".formatted(step);
      Checkpoint wanted = Checkpoint.open(uninterrupted.resolve(name));
      Checkpoint same = Checkpoint.open(found.resolve(name));
      for (String file :
          List.of(
              TrainingCheckpoint.MODEL,
              TrainingCheckpoint.EMA,
              TrainingCheckpoint.OPTIMIZER,
              TrainingCheckpoint.EXPERIMENT)) {
        assertEquals(
            -1, Files.mismatch(wanted.file(file), same.file(file)), same.folder() + " " + file);
      }
      assertEquals(wanted.manifest().facts(), same.manifest().facts());
    }
    RunDirectory wanted = new RunDirectory(uninterrupted);
    RunDirectory run = new RunDirectory(found);
    assertEquals(lines(wanted), lines(run));
    assertEquals(names(wanted.samples()), names(run.samples()));
    for (String name : names(wanted.samples())) {
      assertEquals(
          -1, Files.mismatch(wanted.samples().resolve(name), run.samples().resolve(name)), name);
    }
  }

  private static List<JsonObject> lines(RunDirectory run) throws IOException {
    return MetricsLog.read(run.metrics()).stream().map(MetricsLog::withoutTiming).toList();
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }
}

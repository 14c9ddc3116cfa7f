package io.uvit.tests.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.runner.cli.ExitCode;
import io.uvit.runner.train.TrainingCheckpoint;
import io.uvit.savedmodels.checkpoint.Checkpoint;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TensorFiles;
import io.uvit.tests.cli.CliResult;
import io.uvit.tests.cli.InProcess;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code uvit train} refuses, how it says so, and what it recovers from. */
class TrainCommandTest {
  private static final String[] TWO_STEPS = {
    "train.steps=2", "train.checkpoint_every=1", "train.preview_every=0"
  };

  @TempDir static Path folder;

  /** A finished run with checkpoints after its first and second step. */
  private static Path finished;

  @BeforeAll
  static void runTwoSteps() {
    finished = folder.resolve("finished");
    CliResult result = InProcess.run(folder, TinyRun.command(finished, TWO_STEPS));
    result.expect(ExitCode.OK).expectError("10,000 images");
    assertEquals(finished + System.lineSeparator(), result.out());
  }

  private static CliResult again(String... options) {
    List<String> words = new ArrayList<>(Arrays.asList(TinyRun.command(finished, TWO_STEPS)));
    words.addAll(Arrays.asList(options));
    return InProcess.run(folder, words.toArray(String[]::new));
  }

  private static Path step(Path run, int step) {
    return run.resolve("checkpoints/step-%06d".formatted(step));
  }

  @Test
  void aFinishedRunIsLeftAsItIs() throws IOException {
    long before = Files.getLastModifiedTime(step(finished, 2)).toMillis();
    again()
        .expect(ExitCode.OK)
        .expectError("resuming at step 2 from " + step(finished, 2), "all 2 steps are done");
    assertEquals(before, Files.getLastModifiedTime(step(finished, 2)).toMillis());
  }

  @Test
  void aMissingCheckpointIsNeverAFreshStart() {
    Path run = folder.resolve("fresh");
    List<String> words = new ArrayList<>(Arrays.asList(TinyRun.command(run, TWO_STEPS)));
    words.addAll(List.of("--resume", "no/such/step-000001"));
    InProcess.run(folder, words.toArray(String[]::new))
        .expect(ExitCode.BAD_CHECKPOINT)
        .expectError(folder.resolve("no/such/step-000001").toString());
    assertFalse(Files.exists(run.resolve("checkpoints")));
    assertFalse(Files.exists(run.resolve("metrics.jsonl")));
  }

  @Test
  void neverResumingRefusesCheckpoints() {
    again("--resume", "never")
        .expect(ExitCode.BAD_CONFIG)
        .expectError("--resume", step(finished, 2).toString(), "a new --run-dir");
  }

  @Test
  void goingBackWithinARunIsRefusedAtOnce() {
    again("--resume", step(finished, 1).toString())
        .expect(ExitCode.BAD_CONFIG)
        .expectError("has a checkpoint after step 1", step(finished, 2).toString());
  }

  @Test
  void aConfigThatContradictsTheCheckpointIsRefusedByField() {
    again("--set", "model.embed_dim=32", "--set", "seed=5", "--set", "train.log_every=3")
        .expect(ExitCode.BAD_CONFIG)
        .expectError(
            "seed: contradicts the checkpoint " + step(finished, 2) + ", found 5, wanted 1234",
            "model.embed_dim: contradicts",
            "found 32, wanted 16");
  }

  @Test
  void missingDataIsNamed() {
    InProcess.run(
            folder,
            TinyRun.command(
                folder.resolve("nodata"),
                "data.image_files.path=no/such/images.zip",
                "data.image_files.labels=CLASS_FOLDERS"))
        .expect(ExitCode.BAD_DATA)
        .expectError("no/such/images.zip");
  }

  @Test
  void aFileInPlaceOfTheRunDirectoryIsNamed() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "kept");
    InProcess.run(folder, TinyRun.command(file, TWO_STEPS))
        .expect(ExitCode.DISK_FULL)
        .expectError("cannot write in " + file);
    InProcess.run(folder, TinyRun.command(file.resolve("below"), TWO_STEPS))
        .expect(ExitCode.DISK_FULL)
        .expectError("cannot write in " + file.resolve("below"));
    assertEquals("kept", Files.readString(file));
  }

  @Test
  void aRunStartsFromAnothersWeightsOrCheckpoint() throws IOException {
    Path model = step(finished, 2).resolve(TrainingCheckpoint.MODEL);
    Path run = folder.resolve("initialised");
    List<String> words =
        new ArrayList<>(
            Arrays.asList(TinyRun.command(run, "train.steps=1", "train.preview_every=0")));
    words.addAll(List.of("--init-weights", model.toString()));
    InProcess.run(folder, words.toArray(String[]::new))
        .expect(ExitCode.OK)
        .expectError("starting from the weights of " + model);
    // The first step of a warm-up has learning rate 0: it leaves the weights as they are.
    assertEquals(-1, Files.mismatch(model, step(run, 1).resolve(TrainingCheckpoint.MODEL)));

    Path branch = folder.resolve("branch");
    words = new ArrayList<>(Arrays.asList(TinyRun.command(branch, TWO_STEPS)));
    words.addAll(List.of("--resume", step(finished, 1).toString()));
    InProcess.run(folder, words.toArray(String[]::new))
        .expect(ExitCode.OK)
        .expectError("resuming at step 1 from " + step(finished, 1));
    assertEquals(-1, Files.mismatch(model, step(branch, 2).resolve(TrainingCheckpoint.MODEL)));
  }

  @Test
  void aDamagedCheckpointGivesWayToTheOneBefore() throws IOException {
    Path run = folder.resolve("damaged");
    String[] command = TinyRun.command(run, TWO_STEPS);
    InProcess.run(folder, command).expect(ExitCode.OK);
    Path model = step(run, 2).resolve(TrainingCheckpoint.MODEL);
    byte[] whole = Files.readAllBytes(model);
    flip(model);
    InProcess.run(folder, command)
        .expect(ExitCode.OK)
        .expectError(
            step(run, 2) + ": not whole, passed over",
            "resuming at step 1 from " + step(run, 1),
            "damaged checkpoint renamed to step-000002.damaged-1");
    assertTrue(Arrays.equals(whole, Files.readAllBytes(model)));

    flip(model);
    flip(step(run, 1).resolve(TrainingCheckpoint.OPTIMIZER));
    InProcess.run(folder, command)
        .expect(ExitCode.BAD_CHECKPOINT)
        .expectError(model.toString(), "SHA-256");
  }

  private static void flip(Path file) throws IOException {
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      access.seek(access.length() / 2);
      int old = access.read();
      access.seek(access.length() / 2);
      access.write(old ^ 1);
    }
  }

  /** A learning rate of 1e30 throws the weights so far that the next loss overflows. */
  @Test
  void stepsThatAreNotFiniteAreSkippedUntilThereAreTooMany() throws IOException {
    Path run = folder.resolve("diverging");
    InProcess.run(
            folder,
            TinyRun.command(
                run,
                "train.adamw.learning_rate=1e30",
                "train.warmup_steps=0",
                "train.max_skipped_updates=2",
                "train.checkpoint_every=1",
                "train.preview_every=3",
                "train.log_every=1"))
        .expect(ExitCode.DIVERGED)
        .expectError(
            "step 2: loss or gradient not finite, update skipped",
            "diverged at step 4: 3 updates skipped",
            "wanted at most train.max_skipped_updates = 2",
            "last good checkpoint: " + step(run, 3));
    Checkpoint last = Checkpoint.open(step(run, 3));
    assertEquals("2", last.manifest().facts().get("skipped_updates"));
    assertEquals("1", last.manifest().facts().get("updates"));
    for (String file :
        List.of(TrainingCheckpoint.MODEL, TrainingCheckpoint.EMA, TrainingCheckpoint.OPTIMIZER)) {
      assertFinite(last.file(file));
    }
    assertEquals( // a skipped step moves neither weights nor moments
        -1,
        Files.mismatch(
            step(run, 1).resolve(TrainingCheckpoint.OPTIMIZER),
            last.file(TrainingCheckpoint.OPTIMIZER)));
    assertFalse(Files.exists(step(run, 4)));
    assertTrue(Files.exists(run.resolve("samples/00000003.png")), "a due preview is lost");
  }

  /** Of a step in the middle, and of the last one. */
  @Test
  void aPreviewThatCannotBeWrittenEndsTheRun() throws IOException {
    for (int steps : new int[] {2, 1_000_000}) {
      Path run = folder.resolve("unwritable-" + steps);
      Path taken = Files.createDirectories(run.resolve("samples/00000002.png/taken"));
      InProcess.run(
              folder,
              TinyRun.command(
                  run, "train.steps=" + steps, "train.checkpoint_every=1", "train.preview_every=2"))
          .expect(ExitCode.BAD_DATA)
          .expectError("samples/00000002.png");
      assertTrue(Files.exists(taken));
      Checkpoint.open(step(run, 1));
      assertFalse(Files.exists(step(run, 2)), "who resumes from it lacks the preview");
    }
  }

  private static void assertFinite(Path file) {
    try (TensorFile tensors = TensorFiles.open(file)) {
      for (String name : tensors.entries().keySet()) {
        for (float value : tensors.floats(name)) {
          assertTrue(Float.isFinite(value), file + ": " + name);
        }
      }
    }
  }

  @Test
  void anUnconditionalModelNeedsNoLabels() {
    InProcess.run(
            folder,
            TinyRun.command(
                folder.resolve("unconditional"),
                "model.unconditional={}",
                "data.label_dropout=0",
                "sample.guidance_scale=1",
                "train.steps=1"))
        .expect(ExitCode.OK);
    assertTrue(Files.exists(folder.resolve("unconditional/samples/00000001.png")));
  }
}

package io.uvit.tests.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.ConfigLoader;
import io.uvit.config.v1.Experiment;
import io.uvit.runner.data.Dataset;
import io.uvit.runner.data.Datasets;
import io.uvit.runner.image.ByteImage;
import io.uvit.runner.metrics.MetricsLine;
import io.uvit.runner.train.MetricsWindow;
import io.uvit.runner.train.StepResult;
import io.uvit.runner.train.StopRequest;
import io.uvit.runner.train.TrainListener;
import io.uvit.runner.train.Trainer;
import io.uvit.runner.train.TrainingCheckpoint;
import io.uvit.runner.train.TrainingData;
import io.uvit.runner.train.TrainingSession;
import io.uvit.savedmodels.checkpoint.Checkpoint;
import io.uvit.savedmodels.checkpoint.CheckpointManifest;
import io.uvit.savedmodels.checkpoint.CheckpointStore;
import io.uvit.savedmodels.checkpoint.CorruptCheckpointException;
import io.uvit.savedmodels.checkpoint.DiskFullException;
import io.uvit.savedmodels.checkpoint.FileOps;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** A training loop whose checkpoints cannot be written, or are not what they should be. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class) // one session is trained further and further
class TrainingFaultTest {
  @TempDir static Path runDir;

  private static Experiment experiment;
  private static Dataset dataset;
  private static TrainingSession session;
  private static final MetricsWindow WINDOW = new MetricsWindow();

  @BeforeAll
  static void open() throws Exception {
    experiment =
        ConfigLoader.load(
            "quickstart",
            List.of(
                "model.embed_dim=16",
                "model.depth=2",
                "model.num_heads=2",
                "train.batch_size=4",
                "train.steps=6",
                "train.warmup_steps=0",
                "train.log_every=1",
                "train.preview_every=0",
                "train.checkpoint_every=2"));
    dataset = Datasets.open(experiment.getData(), experiment.getModel());
    session = new TrainingSession(experiment);
    session.initialize();
  }

  @AfterAll
  static void close() throws Exception {
    session.close();
    dataset.close();
  }

  /** Writes down what it hears; asks for a stop after a step. */
  private record Heard(List<String> words, StopRequest stop, long stopAfter)
      implements TrainListener {
    Heard(long stopAfter) {
      this(Collections.synchronizedList(new ArrayList<>()), new StopRequest(), stopAfter);
    }

    @Override
    public void started(long step) {
      words.add("started " + step);
    }

    @Override
    public void stepped(long step, StepResult result) {
      if (step == stopAfter) {
        stop.stop(StopRequest.Reason.TERMINATE);
      }
    }

    @Override
    public void logged(MetricsLine line) {
      words.add("logged " + line.step());
    }

    @Override
    public void previewed(long step, ByteImage grid) {
      words.add("previewed " + step);
    }

    @Override
    public void checkpointing(long step) {
      words.add("checkpointing " + step);
      assertFalse(Files.exists(folder(step)), "told after the commit");
    }

    @Override
    public void checkpointed(long step, Path folder) throws IOException {
      words.add("checkpointed " + step);
      Checkpoint.open(folder);
    }
  }

  private static Path folder(long step) {
    return runDir.resolve("checkpoints/step-%06d".formatted(step));
  }

  private static Trainer.Outcome train(FileOps files, Heard heard) throws Exception {
    CheckpointStore store =
        CheckpointStore.builder(runDir).fileOps(files).listener((kind, at, detail) -> {}).build();
    Optional<Path> start = store.latest().map(Checkpoint::folder);
    return new Trainer(
            experiment,
            TrainingData.of(dataset),
            session,
            WINDOW,
            store,
            start,
            heard,
            heard.stop())
        .run();
  }

  @Test
  @Order(1)
  void linesAreMadeDurableBeforeTheCheckpointThatFollowsThem() throws Exception {
    Heard heard = new Heard(3);
    assertEquals(Trainer.Outcome.STOPPED, train(FileOps.system(), heard));
    // When a checkpoint is written, beside later steps, is the only thing left open.
    assertEquals(
        List.of(
            "started 0",
            "logged 1",
            "logged 2",
            "checkpointing 2",
            "logged 3",
            "checkpointing 3",
            "checkpointed 3"),
        heard.words().stream().filter(word -> !word.equals("checkpointed 2")).toList());
    int written = heard.words().indexOf("checkpointed 2");
    assertTrue(written > heard.words().indexOf("checkpointing 2"), heard.words()::toString);
    assertTrue(written < heard.words().indexOf("checkpointing 3"), heard.words()::toString);
  }

  @Test
  @Order(2)
  void aFullDiskLeavesEarlierCheckpointsWhole() throws Exception {
    for (int failAt : new int[] {2, 8, 14}) {
      FaultyFileOps full = new FaultyFileOps(FaultyFileOps.Fault.DISK_FULL, failAt);
      Heard heard = new Heard(-1);
      DiskFullException failure = assertThrows(DiskFullException.class, () -> train(full, heard));
      assertTrue(full.struck());
      assertTrue(failure.getMessage().startsWith("disk full: "), failure.getMessage());
      assertFalse(heard.words().contains("checkpointed 4"));
      Checkpoint.open(folder(2));
      Checkpoint.open(folder(3));
      try (Stream<Path> left = Files.list(runDir.resolve("checkpoints"))) {
        assertEquals(List.of(folder(2), folder(3)), left.sorted().toList());
      }
      TrainingCheckpoint.read(Checkpoint.open(folder(3)), session, WINDOW); // as a restart does
    }
  }

  @Test
  @Order(3)
  void theRunGoesOnWhenThereIsRoomAgain() throws Exception {
    Heard heard = new Heard(-1);
    assertEquals(Trainer.Outcome.FINISHED, train(FileOps.system(), heard));
    assertEquals("started 3", heard.words().get(0));
    Checkpoint.open(folder(4));
    assertEquals(6, Checkpoint.open(folder(6)).step());
    assertFalse(Files.exists(folder(2)), "three checkpoints are kept");
  }

  @Test
  @Order(4)
  void factsThatAreNotThoseOfATrainingCheckpointAreNamed() throws Exception {
    Checkpoint whole = Checkpoint.open(folder(6));
    for (String fact : List.of("updates", "skipped_updates", "metrics_window")) {
      for (Optional<String> value : List.of(Optional.of("many"), Optional.<String>empty())) {
        SortedMap<String, String> facts = new TreeMap<>(whole.manifest().facts());
        facts.remove(fact);
        value.ifPresent(text -> facts.put(fact, text));
        CheckpointManifest m = whole.manifest();
        Checkpoint changed =
            new Checkpoint(
                whole.folder(),
                new CheckpointManifest(m.step(), m.created(), m.product(), m.files(), facts));
        CorruptCheckpointException refused =
            assertThrows(
                CorruptCheckpointException.class,
                () -> TrainingCheckpoint.read(changed, session, WINDOW));
        assertTrue(refused.getMessage().contains("fact " + fact), refused.getMessage());
      }
    }
  }
}

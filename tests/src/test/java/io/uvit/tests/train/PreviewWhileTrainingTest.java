package io.uvit.tests.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.v1.Experiment;
import io.uvit.runner.image.ByteImage;
import io.uvit.runner.metrics.MetricsLine;
import io.uvit.runner.train.AveragedWeights;
import io.uvit.runner.train.StepResult;
import io.uvit.runner.train.TrainListener;
import io.uvit.runner.train.TrainingSession;
import io.uvit.savedmodels.checkpoint.CheckpointStore;
import io.uvit.savedmodels.pipeline.SampleListener;
import io.uvit.savedmodels.pipeline.SampleRequest;
import io.uvit.savedmodels.pipeline.Sampler;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.exceptions.TensorFlowException;

/** A preview is of the step at which it was due, however far training is when it is made. */
@Timeout(180)
class PreviewWhileTrainingTest {
  private static final long DUE = 3;

  @TempDir Path folder;

  /** What is done with a grid. */
  @FunctionalInterface
  private interface Preview {
    void take(long step) throws Exception;
  }

  /** Knows how far training is, and keeps the grids. */
  private static class Heard implements TrainListener {
    final AtomicLong steps = new AtomicLong();
    final SortedMap<Long, ByteImage> grids = new ConcurrentSkipListMap<>();
    private final Preview preview;

    Heard(Preview preview) {
      this.preview = preview;
    }

    @Override
    public void started(long step) {}

    @Override
    public void stepped(long step, StepResult result) {
      steps.set(step);
    }

    @Override
    public void logged(MetricsLine line) {}

    @Override
    public void previewed(long step, ByteImage grid) throws IOException {
      try {
        preview.take(step);
      } catch (IOException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
      grids.put(step, grid);
    }

    @Override
    public void checkpointing(long step) {}

    @Override
    public void checkpointed(long step, Path at) {}

    void awaitStep(long step) throws InterruptedException {
      while (steps.get() < step) {
        Thread.sleep(1);
      }
    }
  }

  private static Experiment experiment(long steps) throws Exception {
    return TinyRun.experiment(
        "train.steps=" + steps,
        "train.checkpoint_every=" + DUE,
        "train.preview_every=" + DUE,
        "train.preview.count=10");
  }

  private void train(String name, Heard heard, long steps) throws Exception {
    TinyRun.train(experiment(steps), CheckpointStore.builder(folder.resolve(name)).build(), heard);
  }

  private Path checkpoint(String name, long step) {
    return folder.resolve(name).resolve("checkpoints/step-%06d".formatted(step));
  }

  /** Sampling begins after later steps; what was let go is not sampled with. */
  @Test
  void theWeightsAreThoseOfTheirStep() throws Exception {
    Experiment experiment = experiment(10);
    Random random = new Random(1);
    byte[] images = new byte[8 * 28 * 28];
    random.nextBytes(images);
    try (TrainingSession session = new TrainingSession(experiment)) {
      session.initialize();
      Runnable threeSteps =
          () -> {
            for (int i = 0; i < 3; i++) {
              session.step(ByteBuffer.wrap(images), new int[8]);
            }
          };
      threeSteps.run();
      float[] wanted;
      try (AveragedWeights weights = session.takeAverages()) {
        wanted = sample(experiment, weights);
      }
      AveragedWeights weights = session.takeAverages();
      threeSteps.run();
      assertArrayEquals(wanted, sample(experiment, weights));
      weights.close();
      assertThrows(TensorFlowException.class, () -> sample(experiment, weights));
      try (AveragedWeights later = session.takeAverages()) {
        assertFalse(Arrays.equals(wanted, sample(experiment, later)));
      }
    }
  }

  private static float[] sample(Experiment experiment, AveragedWeights weights) {
    return new Sampler(weights.solver(), experiment)
        .sample(SampleRequest.builder().labels(1, 2).steps(2).build(), SampleListener.none())
        .orElseThrow();
  }

  /**
   * Training goes on while a preview is made, up to the next one. A checkpoint comes after the
   * previews of its time.
   */
  @Test
  void trainingWaitsForAPreviewOnlyAtTheNext() throws Exception {
    Heard[] heard = new Heard[1];
    heard[0] =
        new Heard(
            step -> {
              if (step == DUE) {
                heard[0].awaitStep(2 * DUE);
                Thread.sleep(300);
                assertEquals(2 * DUE, heard[0].steps.get());
                assertFalse(Files.exists(checkpoint("slow", DUE)));
              }
            });
    train("slow", heard[0], 2 * DUE + 1);
    assertEquals(3, heard[0].grids.size());
    assertTrue(Files.exists(checkpoint("slow", DUE)));
    // The same run, ended where the preview was due.
    Heard shorter = new Heard(step -> {});
    train("short", shorter, DUE);
    assertArrayEquals(
        shorter.grids.get(DUE).samples(), heard[0].grids.get(DUE).samples(), "of another step");
  }

  /** A run ends with the failure of its preview soon after that, and leaves no checkpoint of it. */
  @Test
  void aFailureEndsTheRun() throws Exception {
    IOException full = new IOException("No space left on device");
    for (long steps : new long[] {DUE, 1_000_000}) {
      Heard heard =
          new Heard(
              step -> {
                throw full;
              });
      String name = "failing-" + steps;
      assertSame(full, assertThrows(IOException.class, () -> train(name, heard, steps)));
      assertTrue(heard.steps.get() < 2 * DUE + 1, "at the second preview at the latest");
      assertFalse(Files.exists(checkpoint(name, DUE)));
    }
  }
}

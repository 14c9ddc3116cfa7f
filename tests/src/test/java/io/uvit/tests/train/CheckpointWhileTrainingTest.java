package io.uvit.tests.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.v1.Experiment;
import io.uvit.runner.image.ByteImage;
import io.uvit.runner.metrics.MetricsLine;
import io.uvit.runner.train.StepResult;
import io.uvit.runner.train.TrainListener;
import io.uvit.savedmodels.checkpoint.Checkpoint;
import io.uvit.savedmodels.checkpoint.CheckpointStore;
import io.uvit.savedmodels.checkpoint.FileOps;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A checkpoint is of the step at which it was due, however far training is when it is written. */
class CheckpointWhileTrainingTest {
  private static final long DUE = 3;
  private static final long STEPS = 8;

  @TempDir Path folder;

  /** Lets the commit of the first checkpoint begin only after a later step. */
  private static final class Slow implements TrainListener {
    final CountDownLatch later = new CountDownLatch(1);
    final AtomicLong stepsAtCommit = new AtomicLong();
    private final AtomicLong steps = new AtomicLong();

    @Override
    public void started(long step) {}

    @Override
    public void stepped(long step, StepResult result) {
      steps.set(step);
      if (step == DUE + 2) {
        later.countDown();
      }
    }

    @Override
    public void logged(MetricsLine line) {}

    @Override
    public void previewed(long step, ByteImage grid) {}

    @Override
    public void checkpointing(long step) {}

    @Override
    public void checkpointed(long step, Path at) {
      if (step == DUE) {
        stepsAtCommit.set(steps.get());
      }
    }
  }

  /** The system's, which begin a commit only when the latch is open. */
  private static FileOps waiting(CountDownLatch latch) {
    return (FileOps)
        Proxy.newProxyInstance(
            FileOps.class.getClassLoader(),
            new Class<?>[] {FileOps.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("createDirectories")) {
                assertTrue(latch.await(1, TimeUnit.MINUTES), "training did not go on");
              }
              try {
                return method.invoke(FileOps.system(), arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private Path train(String name, Slow heard, FileOps files, long steps) throws Exception {
    Experiment experiment =
        TinyRun.experiment(
            "train.steps=" + steps,
            "train.checkpoint_every=" + DUE,
            "train.log_every=1",
            "train.preview_every=0");
    CheckpointStore store =
        CheckpointStore.builder(folder.resolve(name))
            .fileOps(files)
            .listener((kind, at, detail) -> {})
            .build();
    TinyRun.train(experiment, store, heard);
    return folder.resolve(name).resolve("checkpoints/step-%06d".formatted(DUE));
  }

  @Test
  void itHoldsTheStateOfItsOwnStep() throws Exception {
    Slow slow = new Slow();
    FileOps waiting = waiting(slow.later);
    Path written = train("slow", slow, waiting, STEPS);
    assertTrue(slow.stepsAtCommit.get() >= DUE + 2, slow.stepsAtCommit::toString);
    // The same run, ended where the checkpoint was due.
    Path wanted = train("short", new Slow(), FileOps.system(), DUE);
    Checkpoint.open(written);
    for (String file : new String[] {"model", "ema", "optimizer"}) {
      assertArrayEquals(
          Files.readAllBytes(wanted.resolve(file + ".safetensors")),
          Files.readAllBytes(written.resolve(file + ".safetensors")),
          file);
    }
    assertEquals(
        Checkpoint.open(wanted).manifest().facts(), Checkpoint.open(written).manifest().facts());
  }
}

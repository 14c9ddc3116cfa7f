package io.uvit.tests.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonObject;
import io.uvit.runner.metrics.MetricsLog;
import io.uvit.runner.train.RunDirectory;
import io.uvit.runner.train.Trainer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code train.activation_checkpointing} in a whole run: no effect but on memory. */
class CheckpointedRunTest {
  private static final String OPTION = "train.activation_checkpointing=true";
  private static final String[] SHORT = {"train.steps=20", "train.log_every=5"};

  @TempDir Path folder;

  /** It may be switched on where a run is resumed. */
  @Test
  void lossesAreThePlainOnesFromTheStartAndAfterResuming() throws Exception {
    Path plain = folder.resolve("plain");
    TinyRun.run(TinyRun.experiment(SHORT), plain, Long.MAX_VALUE);
    Path checkpointed = folder.resolve("checkpointed");
    TinyRun.run(TinyRun.experiment(SHORT[0], SHORT[1], OPTION), checkpointed, Long.MAX_VALUE);
    assertSameLosses(plain, checkpointed);
    Path switched = folder.resolve("switched");
    assertEquals(Trainer.Outcome.STOPPED, TinyRun.run(TinyRun.experiment(SHORT), switched, 10));
    assertEquals(
        Trainer.Outcome.FINISHED,
        TinyRun.run(TinyRun.experiment(SHORT[0], SHORT[1], OPTION), switched, Long.MAX_VALUE));
    assertSameLosses(plain, switched);
  }

  private static void assertSameLosses(Path expected, Path found) throws Exception {
    List<JsonObject> wanted = MetricsLog.read(new RunDirectory(expected).metrics());
    List<JsonObject> lines = MetricsLog.read(new RunDirectory(found).metrics());
    assertEquals(4, wanted.size());
    assertEquals(4, lines.size());
    for (int i = 0; i < wanted.size(); i++) {
      double loss = wanted.get(i).get("loss").getAsDouble();
      assertEquals(loss, lines.get(i).get("loss").getAsDouble(), 1e-5 * loss, "line " + i);
    }
  }
}

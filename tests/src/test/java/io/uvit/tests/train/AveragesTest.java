package io.uvit.tests.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.uvit.config.ConfigPrinter;
import io.uvit.config.v1.Experiment;
import io.uvit.runner.cli.ExitCode;
import io.uvit.runner.data.BatchOptions;
import io.uvit.runner.data.BatchSource;
import io.uvit.runner.data.Dataset;
import io.uvit.runner.data.Datasets;
import io.uvit.runner.metrics.MetricsLog;
import io.uvit.runner.train.RunDirectory;
import io.uvit.runner.train.Trainer;
import io.uvit.runner.train.TrainingCheckpoint;
import io.uvit.savedmodels.checkpoint.Checkpoint;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TensorFiles;
import io.uvit.tests.cli.InProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.ndarray.Shape;

/** Several moving averages with warm-up, through a run and all that is made of one. */
class AveragesTest {
  private static final int STEPS = 12;
  private static final List<String> AVERAGES =
      List.of("ema.safetensors", "ema-0.5.safetensors", "ema-0.999.safetensors");
  private static final double[] RATES = {0.9, 0.5, 0.999};

  @TempDir static Path folder;

  private static Path run;

  private static Experiment experiment() throws Exception {
    Experiment plain =
        TinyRun.experiment(
            "train.steps=" + STEPS,
            "train.checkpoint_every=1",
            "train.preview_every=0",
            "train.log_every=5",
            "train.ema_warmup=true");
    Experiment.Builder more = plain.toBuilder();
    more.getTrainBuilder().addExtraEmaDecays(0.5).addExtraEmaDecays(0.999);
    return more.build();
  }

  @BeforeAll
  static void train() throws Exception {
    run = folder.resolve("run");
    assertEquals(Trainer.Outcome.FINISHED, TinyRun.run(experiment(), run, Long.MAX_VALUE));
  }

  private static Checkpoint checkpoint(Path of, int step) throws Exception {
    return Checkpoint.open(of.resolve("checkpoints/step-%06d".formatted(step)));
  }

  /** min(rate, (1 + k) / (10 + k)) in step k, of every rate, computed in double. */
  @Test
  void everyAverageIsItsFormula() throws Exception {
    Map<String, double[]> averages = new HashMap<>();
    for (int step = 1; step <= STEPS; step++) {
      Checkpoint at = checkpoint(run, step);
      try (TensorFile weights = TensorFiles.open(at.file(TrainingCheckpoint.MODEL))) {
        for (int a = 0; a < RATES.length; a++) {
          double rate = Math.min(RATES[a], (1.0 + (step - 1)) / (10.0 + (step - 1)));
          try (TensorFile found = TensorFiles.open(at.file(AVERAGES.get(a)))) {
            assertEquals(weights.entries().keySet(), found.entries().keySet());
            for (String name : weights.entries().keySet()) {
              double[] wanted = averages.get(AVERAGES.get(a) + name);
              double[] now = found.doubles(name);
              double[] w = weights.doubles(name);
              if (wanted == null) { // the rate of step 0 is 0: it leaves weights and average
                assertArrayEquals(w, now, 1e-7, name);
                averages.put(AVERAGES.get(a) + name, w);
                continue;
              }
              for (int i = 0; i < w.length; i++) {
                wanted[i] = rate * wanted[i] + (1 - rate) * w[i];
              }
              assertArrayEquals(wanted, now, 1e-6, AVERAGES.get(a) + " " + name + " " + step);
            }
          }
        }
      }
    }
    assertFalse(same(checkpoint(run, STEPS), AVERAGES.get(0), AVERAGES.get(1)));
  }

  private static boolean same(Checkpoint checkpoint, String a, String b) throws Exception {
    return Files.mismatch(checkpoint.file(a), checkpoint.file(b)) == -1;
  }

  @Test
  void stopsAndResumesAreNotSeenInTheResult() throws Exception {
    Path cut = folder.resolve("cut");
    assertEquals(Trainer.Outcome.STOPPED, TinyRun.run(experiment(), cut, 3));
    assertEquals(Trainer.Outcome.STOPPED, TinyRun.run(experiment(), cut, 7));
    assertEquals(Trainer.Outcome.FINISHED, TinyRun.run(experiment(), cut, Long.MAX_VALUE));
    for (int step = 1; step <= STEPS; step++) {
      Checkpoint wanted = checkpoint(run, step);
      Checkpoint found = checkpoint(cut, step);
      assertEquals(wanted.manifest().files().keySet(), found.manifest().files().keySet());
      for (String file : wanted.manifest().files().keySet()) {
        assertEquals(-1, Files.mismatch(wanted.file(file), found.file(file)), step + " " + file);
      }
    }
    assertEquals(lines(run), lines(cut));
  }

  private static List<JsonObject> lines(Path of) throws Exception {
    return MetricsLog.read(new RunDirectory(of).metrics()).stream()
        .map(MetricsLog::withoutTiming)
        .toList();
  }

  @Test
  void theRateInEffectIsLogged() throws Exception {
    List<Double> rates = lines(run).stream().map(l -> l.get("ema_decay").getAsDouble()).toList();
    assertEquals(List.of(5 / 14.0, 10 / 19.0, 12 / 21.0), rates);
    Path plain = folder.resolve("plain");
    TinyRun.run(TinyRun.experiment("train.steps=1", "train.preview_every=0"), plain, 1);
    assertFalse(lines(plain).get(0).has("ema_decay"));
  }

  @Test
  void eachAverageIsExportedAndSampled() throws Exception {
    InProcess.run(folder, export("ema:5e-1", "half.safetensors"))
        .expect(ExitCode.OK)
        .expectError("averaged weights (EMA of rate 0.5) of step 12");
    assertTensors(checkpoint(run, STEPS).file(AVERAGES.get(1)), folder.resolve("half.safetensors"));
    InProcess.run(folder, export("ema:0.9", "none.safetensors"))
        .expect(ExitCode.USAGE)
        .expectError("--weights: found 'ema:0.9', wanted one of ema, model, ema:0.5, ema:0.999");
    InProcess.run(folder, export("ema:x", "none.safetensors"))
        .expect(ExitCode.USAGE)
        .expectError("found 'ema:x'");
    assertFalse(Files.exists(folder.resolve("none.safetensors")));
    for (String weights : List.of("model", "ema:0.999", "ema:0.5")) {
      InProcess.run(
              folder,
              "sample",
              "--run-dir",
              "run",
              "--weights",
              weights,
              "--num",
              "1",
              "--labels",
              "3",
              "--steps",
              "2",
              "--out",
              weights.replace(':', '-') + ".png")
          .expect(ExitCode.OK);
    }
    assertTrue(Files.mismatch(folder.resolve("ema-0.999.png"), folder.resolve("ema-0.5.png")) >= 0);
  }

  private static String[] export(String weights, String out) {
    return new String[] {
      "export", "--run-dir", "run", "--format", "safetensors", "--weights", weights, "--out", out
    };
  }

  private static void assertTensors(Path wanted, Path found) {
    try (TensorFile a = TensorFiles.open(wanted);
        TensorFile b = TensorFiles.open(found)) {
      assertEquals(a.entries().keySet(), b.entries().keySet());
      for (String name : a.entries().keySet()) {
        assertArrayEquals(a.floats(name), b.floats(name), 0, name);
      }
    }
  }

  @Test
  void anImportStartsAllAverages() throws Exception {
    Files.writeString(folder.resolve("tiny.textproto"), ConfigPrinter.toText(experiment()));
    Path model = checkpoint(run, STEPS).file(TrainingCheckpoint.MODEL);
    InProcess.run(
            folder,
            "import",
            "--config",
            "tiny.textproto",
            "--weights",
            model.toString(),
            "--run-dir",
            "imported")
        .expect(ExitCode.OK);
    for (String average : AVERAGES) {
      assertTensors(model, checkpoint(folder.resolve("imported"), 0).file(average));
    }
  }

  /** The exported program has every average and goes on with each as the run does. */
  @Test
  void theTrainingProgramKeepsAllAverages() throws Exception {
    int from = 4;
    InProcess.run(
            folder,
            "export",
            "--training",
            "--checkpoint",
            "run/checkpoints/step-%06d".formatted(from),
            "--out",
            "program")
        .expect(ExitCode.OK);
    Experiment experiment = experiment();
    int batchSize = experiment.getTrain().getBatchSize();
    try (SavedModelBundle bundle =
            SavedModelBundle.load(folder.resolve("program").toString(), "train");
        Dataset digits = Datasets.open(experiment.getData(), experiment.getModel());
        BatchSource batches =
            BatchSource.start(
                digits,
                BatchOptions.of(experiment.getData(), experiment.getSeed(), batchSize, from))) {
      assertAverages(bundle, checkpoint(run, from));
      for (int step = from; step < STEPS; step++) {
        TrainingExportTest.step(bundle, batches.next(), Shape.of(batchSize, 28, 28, 1));
      }
      assertAverages(bundle, checkpoint(run, STEPS));
    }
  }

  private static void assertAverages(SavedModelBundle bundle, Checkpoint wanted) throws Exception {
    TrainingExportTest.assertSame(bundle, "ema.", wanted.file(AVERAGES.get(0)), "");
    TrainingExportTest.assertSame(bundle, "ema_0.5.", wanted.file(AVERAGES.get(1)), "");
    TrainingExportTest.assertSame(bundle, "ema_0.999.", wanted.file(AVERAGES.get(2)), "");
  }
}

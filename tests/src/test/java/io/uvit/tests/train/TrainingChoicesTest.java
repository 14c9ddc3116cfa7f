package io.uvit.tests.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.uvit.config.v1.Experiment;
import io.uvit.graph.diffusion.NoiseSchedule;
import io.uvit.graph.sampler.ModelOutput;
import io.uvit.runner.metrics.MetricsLog;
import io.uvit.runner.train.RunDirectory;
import io.uvit.runner.train.StepResult;
import io.uvit.runner.train.Trainer;
import io.uvit.runner.train.TrainingSession;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Predictions, schedules, times and weights beyond the official ones, from end to end. */
class TrainingChoicesTest {
  private static final double GAMMA = 2;

  @TempDir Path folder;

  /** It trains, the loss falls, every log line tells the loss by noise, and it samples. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "vp_cosine {} prediction: V",
        "vp_linear {} prediction: NOISE min_snr_gamma: 5 logit_normal_time {}",
        "rectified_flow {}",
        "rectified_flow { shift: 3 } min_snr_gamma: 5 logit_normal_time { mean: 0.5 std: 0.8 }",
        "discrete {} prediction: V logit_normal_time {}",
        "discrete { zero_terminal_snr: true } prediction: V min_snr_gamma: 5",
        "discrete { num_steps: 7 beta_end: 0.5 } prediction: X0 logit_normal_time {}",
      })
  void trainsAndSamples(String diffusion) throws Exception {
    Experiment experiment = TinyRun.experiment("diffusion={ " + diffusion + " }");
    assertEquals(Trainer.Outcome.FINISHED, TinyRun.run(experiment, folder, Long.MAX_VALUE));
    RunDirectory run = new RunDirectory(folder);
    List<JsonObject> lines = MetricsLog.read(run.metrics());
    double first = lines.get(0).get("loss").getAsDouble();
    double last = lines.get(lines.size() - 1).get("loss").getAsDouble();
    assertTrue(last < first, "loss from " + first + " to " + last);
    int told = 0;
    for (JsonObject line : lines) {
      JsonArray tenths = line.get("loss_by_noise").getAsJsonArray();
      assertEquals(10, tenths.size());
      for (JsonElement tenth : tenths) {
        if (!tenth.isJsonNull()) {
          assertTrue(Double.isFinite(tenth.getAsDouble()) && tenth.getAsDouble() > 0);
          told++;
        }
      }
    }
    // Seven steps fall into seven tenths; elsewhere the middle is never missed.
    assertTrue(told >= 5 * lines.size(), told + " tenths of " + lines.size() + " lines");
    assertTrue(Files.size(run.preview(TinyRun.STEPS)) > 0);
  }

  /** The loss is the mean of the images' plain square errors, each with its weight. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "vp_cosine {} prediction: NOISE",
        "vp_linear {} prediction: X0 logit_normal_time {}",
        "discrete {} prediction: V",
        "rectified_flow { shift: 2 }",
      })
  void theLossIsTheWeightedMean(String diffusion) throws Exception {
    Experiment plain = TinyRun.experiment("diffusion={ " + diffusion + " }");
    Experiment weighted =
        TinyRun.experiment("diffusion={ " + diffusion + " min_snr_gamma: " + GAMMA + " }");
    StepResult unweighted = firstStep(plain);
    StepResult found = firstStep(weighted);
    double mean = 0;
    double sum = 0;
    int batch = found.lossPerImage().length;
    for (int i = 0; i < batch; i++) {
      // The errors and times do not depend on the weights.
      assertEquals(unweighted.lossPerImage()[i], found.lossPerImage()[i], 0);
      assertEquals(unweighted.unitTime()[i], found.unitTime()[i], 0);
      mean += found.lossPerImage()[i] / batch;
      sum += weight(weighted, found.unitTime()[i]) * found.lossPerImage()[i] / batch;
    }
    assertEquals(mean, unweighted.loss(), 1e-6 * mean);
    assertEquals(sum, found.loss(), 1e-5 * sum);
    assertTrue(Math.abs(sum - mean) > 1e-3 * mean, "weights change nothing");
  }

  /** min(snr, gamma) (dx0 / dm)^2. */
  private static double weight(Experiment experiment, float unitTime) {
    NoiseSchedule schedule = NoiseSchedule.of(experiment.getDiffusion());
    double alpha = schedule.alpha(unitTime);
    double sigma = schedule.sigma(unitTime);
    ModelOutput output = ModelOutput.of(experiment.getDiffusion().getPrediction());
    double slope = output.toX0(alpha, sigma).output();
    return Math.min(alpha * alpha / (sigma * sigma), GAMMA) * slope * slope;
  }

  private static StepResult firstStep(Experiment experiment) {
    int batch = experiment.getTrain().getBatchSize();
    byte[] pixels = new byte[batch * 28 * 28];
    new Random(1).nextBytes(pixels);
    try (TrainingSession session = new TrainingSession(experiment)) {
      session.initialize();
      return session.step(
          ByteBuffer.allocateDirect(pixels.length).put(pixels).flip(), new int[batch]);
    }
  }
}

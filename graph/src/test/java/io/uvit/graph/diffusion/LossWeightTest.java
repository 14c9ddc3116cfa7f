package io.uvit.graph.diffusion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.v1.Diffusion;
import io.uvit.config.v1.Prediction;
import io.uvit.graph.sampler.ModelOutput;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Min-SNR weights in the graph against their formulas in double. */
class LossWeightTest {
  private static final List<Prediction> PREDICTIONS =
      List.of(Prediction.NOISE, Prediction.X0, Prediction.V, Prediction.FLOW);

  static List<Diffusion> schedules() {
    return ForwardProcessTest.schedules();
  }

  private static Diffusion weighted(Diffusion schedule, Prediction prediction, double gamma) {
    return schedule.toBuilder().setPrediction(prediction).setMinSnrGamma(gamma).build();
  }

  private static float[] weights(Diffusion diffusion, float[] times) {
    Ops tf = Ops.create(new Graph());
    return ForwardProcessTest.values(
        new ForwardProcess(diffusion).lossWeight(tf, tf.constant(times)).orElseThrow());
  }

  /** As Hang et al. 2023 write them for VP schedules; of a rectified flow, by its x0 error. */
  private static double published(Diffusion diffusion, double alpha, double sigma, double gamma) {
    double snr = alpha * alpha / (sigma * sigma);
    double least = Math.min(snr, gamma);
    boolean vp = !diffusion.hasRectifiedFlow();
    return switch (diffusion.getPrediction()) {
      case NOISE -> least / snr;
      case X0 -> least;
      case V -> vp ? least / (snr + 1) : least * square(sigma / (square(alpha) + square(sigma)));
      case FLOW -> vp ? least * square(sigma / (alpha + sigma)) : least * square(sigma);
      default -> throw new IllegalArgumentException(diffusion.getPrediction().name());
    };
  }

  private static double square(double value) {
    return value * value;
  }

  @ParameterizedTest
  @MethodSource("schedules")
  void areTheFormulasOnEverySchedule(Diffusion schedule) {
    NoiseSchedule numbers = NoiseSchedule.of(schedule);
    float[] times = ForwardProcessTest.times(schedule);
    for (Prediction prediction : PREDICTIONS) {
      for (double gamma : new double[] {1e-3, 5, 1e6}) {
        Diffusion diffusion = weighted(schedule, prediction, gamma);
        float[] found = weights(diffusion, times);
        for (int i = 0; i < times.length; i++) {
          double t = ForwardProcessTest.unit(schedule, times[i]);
          double alpha = numbers.alpha(t);
          if (alpha == 0) {
            continue; // has its own test
          }
          double wanted = published(diffusion, alpha, numbers.sigma(t), gamma);
          assertEquals(wanted, found[i], 1e-6 * wanted, diffusion + " at " + t);
        }
      }
    }
  }

  @Test
  void areFiniteWithoutSignalAndWithoutNoise() {
    for (Diffusion schedule : schedules()) {
      for (int k = 0; k < PREDICTIONS.size(); k++) {
        Diffusion diffusion = weighted(schedule, PREDICTIONS.get(k), 5);
        String what = diffusion.toString();
        float noNoise = weights(diffusion, new float[] {0})[0];
        assertEquals(PREDICTIONS.get(k) == Prediction.X0 ? 5 : 0, noNoise, 0, what);
        boolean zeroTerminal = schedule.getDiscrete().getZeroTerminalSnr();
        if (schedule.hasRectifiedFlow() || zeroTerminal) {
          float noSignal = weights(diffusion, new float[] {zeroTerminal ? 1000 : 1})[0];
          assertEquals(PREDICTIONS.get(k) == Prediction.NOISE ? 1 : 0, noSignal, 0, what);
        }
      }
    }
  }

  /** One estimate of the clean image, said in noise, x0, v and flow, costs the same. */
  @ParameterizedTest
  @MethodSource("schedules")
  void theSameEstimateCostsTheSameInEveryPrediction(Diffusion schedule) {
    float[] x0 = {0.5f, -0.9f, 0.1f, 1};
    float[] noise = {-1.5f, 0.3f, 0.7f, 0};
    double[] estimate = {0.7, -0.6, 0.1, 0.4};
    double error = (0.04 + 0.09 + 0.36) / 4;
    NoiseSchedule numbers = NoiseSchedule.of(schedule);
    float[] times = schedule.hasDiscrete() ? new float[] {2} : new float[] {0.1f, 0.4f, 0.8f};
    for (float time : times) {
      double t = ForwardProcessTest.unit(schedule, time);
      double alpha = numbers.alpha(t);
      double sigma = numbers.sigma(t);
      for (Prediction prediction : PREDICTIONS) {
        ModelOutput.Conversion c = ModelOutput.X0.to(ModelOutput.of(prediction), alpha, sigma);
        float[] output = new float[x0.length];
        for (int i = 0; i < output.length; i++) {
          double x = alpha * x0[i] + sigma * noise[i];
          output[i] = (float) (c.state() * x + c.output() * estimate[i]);
        }
        double found = weightedLoss(weighted(schedule, prediction, 5), time, x0, noise, output);
        double wanted = Math.min(square(alpha / sigma), 5) * error;
        assertEquals(wanted, found, 2e-5 * wanted, prediction + " at " + t + " of " + schedule);
      }
    }
  }

  private static double weightedLoss(
      Diffusion diffusion, float time, float[] x0, float[] noise, float[] output) {
    Ops tf = Ops.create(new Graph());
    ForwardProcess process = new ForwardProcess(diffusion);
    Operand<TFloat32> times = tf.constant(new float[] {time});
    Operand<TFloat32> target = process.target(tf, image(tf, x0), image(tf, noise), times);
    Operand<TFloat32> loss = process.lossPerImage(tf, target, image(tf, output));
    return ForwardProcessTest.values(
        tf.math.mul(process.lossWeight(tf, times).orElseThrow(), loss))[0];
  }

  private static Operand<TFloat32> image(Ops tf, float[] values) {
    return tf.constant(Shape.of(1, 1, 1, values.length), DataBuffers.of(values));
  }

  @Test
  void withoutGammaThereAreNone() {
    Ops tf = Ops.create(new Graph());
    for (Diffusion schedule : schedules()) {
      assertTrue(
          new ForwardProcess(schedule).lossWeight(tf, tf.constant(new float[] {1})).isEmpty());
    }
  }
}

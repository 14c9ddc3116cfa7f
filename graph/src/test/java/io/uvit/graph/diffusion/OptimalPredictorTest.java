package io.uvit.graph.diffusion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.v1.Diffusion;
import io.uvit.config.v1.Prediction;
import io.uvit.config.v1.Solver;
import io.uvit.graph.sampler.ModelOutput;
import io.uvit.graph.sampler.SolverLoop;
import io.uvit.graph.sampler.SolverSpec;
import io.uvit.graph.sampler.SolverTableau;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Training and sampling mean the same by every prediction: for data x0 ~ N(0, s^2) the best
 * predictor is known. The training loss of it is the least there is, in every prediction and with
 * min-SNR weights too, and the sampler makes data of deviation s with it.
 */
class OptimalPredictorTest {
  private static final double DEVIATION = 0.5;
  private static final int PIXELS = 1 << 16;
  private static final double GAMMA = 5;

  static List<Diffusion> schedules() {
    return ForwardProcessTest.schedules().stream()
        .filter(s -> s.getDiscrete().getBetasCount() == 0) // three steps are no sampler's
        .toList();
  }

  /** m = gain x is E[m | x]. */
  private static double gain(Prediction prediction, double alpha, double sigma) {
    double variance = DEVIATION * DEVIATION;
    double clean = alpha * variance / (alpha * alpha * variance + sigma * sigma);
    ModelOutput.Conversion c = ModelOutput.X0.to(ModelOutput.of(prediction), alpha, sigma);
    return c.state() + c.output() * clean;
  }

  @ParameterizedTest
  @MethodSource("schedules")
  void theLossIsLeastAtTheBestPredictor(Diffusion schedule) {
    NoiseSchedule numbers = NoiseSchedule.of(schedule);
    float[] times =
        schedule.hasDiscrete() ? new float[] {30, 400, 950} : new float[] {0.1f, 0.4f, 0.9f};
    for (float time : times) {
      double t = ForwardProcessTest.unit(schedule, time);
      double alpha = numbers.alpha(t);
      double sigma = numbers.sigma(t);
      double variance = DEVIATION * DEVIATION;
      double least =
          Math.min(alpha * alpha / (sigma * sigma), GAMMA)
              * variance
              * (sigma * sigma / (alpha * alpha * variance + sigma * sigma));
      for (Prediction prediction :
          List.of(Prediction.NOISE, Prediction.X0, Prediction.V, Prediction.FLOW)) {
        Diffusion diffusion =
            schedule.toBuilder().setPrediction(prediction).setMinSnrGamma(GAMMA).build();
        double best = gain(prediction, alpha, sigma);
        double[] found = losses(diffusion, time, best, best + 0.05, best - 0.05);
        String what = prediction + " at " + t + " of " + schedule;
        assertEquals(least, found[0], 0.03 * least, what); // five standard deviations
        assertTrue(found[0] < found[1] && found[0] < found[2], what);
      }
    }
  }

  /** Weighted losses of the predictors m = gain x on the same data. */
  private static double[] losses(Diffusion diffusion, float time, double... gains) {
    Random random = new Random(5);
    float[] x0 = new float[PIXELS];
    float[] noise = new float[PIXELS];
    for (int i = 0; i < PIXELS; i++) {
      x0[i] = (float) (DEVIATION * random.nextGaussian());
      noise[i] = (float) random.nextGaussian();
    }
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      ForwardProcess process = new ForwardProcess(diffusion);
      Operand<TFloat32> clean = tf.constant(Shape.of(1, PIXELS, 1, 1), DataBuffers.of(x0));
      Operand<TFloat32> noised = tf.constant(Shape.of(1, PIXELS, 1, 1), DataBuffers.of(noise));
      Operand<TFloat32> times = tf.constant(new float[] {time});
      Operand<TFloat32> x = process.noisy(tf, clean, noised, times);
      Operand<TFloat32> target = process.target(tf, clean, noised, times);
      Operand<TFloat32> weight = process.lossWeight(tf, times).orElseThrow();
      double[] losses = new double[gains.length];
      for (int i = 0; i < gains.length; i++) {
        Operand<TFloat32> output = tf.math.mul(x, tf.constant((float) gains[i]));
        Operand<TFloat32> loss =
            tf.math.mul(weight, process.lossPerImage(tf, target, output)); // [1]
        try (Result result = session.runner().fetch(loss).run()) {
          losses[i] = ((TFloat32) result.get(0)).getFloat(0);
        }
      }
      return losses;
    }
  }

  @ParameterizedTest
  @MethodSource("schedules")
  void theSamplerMakesTheDataOfIt(Diffusion schedule) {
    NoiseSchedule numbers = NoiseSchedule.of(schedule);
    for (Prediction prediction :
        List.of(Prediction.NOISE, Prediction.X0, Prediction.V, Prediction.FLOW)) {
      if (prediction == Prediction.NOISE && numbers.alpha(numbers.maxTime()) == 0) {
        continue; // refused: says nothing of the image at the start
      }
      SolverSpec spec = SolverSpec.preset(Solver.DPM_SOLVER_PP_2M, 400, numbers);
      SolverTableau tableau = SolverTableau.build(spec, numbers, ModelOutput.of(prediction));
      double[] made =
          SolverLoop.ofDouble()
              .run(
                  tableau,
                  new double[] {1},
                  (x, at, out) -> out[0] = gain(prediction, at.alpha(), at.sigma()) * x[0]);
      // The best predictor is linear: noise of one deviation becomes data of one.
      assertEquals(DEVIATION, made[0], 0.01 * DEVIATION, prediction + " of " + schedule);
    }
  }
}

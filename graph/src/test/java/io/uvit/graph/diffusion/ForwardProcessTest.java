package io.uvit.graph.diffusion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.v1.Diffusion;
import io.uvit.config.v1.Prediction;
import io.uvit.graph.sampler.ModelOutput;
import io.uvit.ops.random.StepRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** What training feeds and wants, against the schedules and conversions that sampling uses. */
class ForwardProcessTest {
  private static final float[] X0 = {0.5f, -0.9f, 0.1f, 1};
  private static final float[] NOISE = {-1.5f, 0.3f, 0.7f, 0};

  private static Diffusion diffusion(Consumer<Diffusion.Builder> schedule) {
    Diffusion.Builder builder = Diffusion.newBuilder();
    schedule.accept(builder);
    return builder.build();
  }

  static List<Diffusion> schedules() {
    return List.of(
        diffusion(b -> b.getVpLinearBuilder()),
        diffusion(b -> b.getVpCosineBuilder()),
        diffusion(b -> b.getDiscreteBuilder()),
        diffusion(b -> b.getDiscreteBuilder().setZeroTerminalSnr(true)),
        diffusion(b -> b.getDiscreteBuilder().addBetas(0.1).addBetas(0.3).addBetas(0.2)),
        diffusion(b -> b.getRectifiedFlowBuilder()),
        diffusion(b -> b.getRectifiedFlowBuilder().setShift(3)));
  }

  static float[] values(Operand<TFloat32> operand) {
    try (Graph graph = (Graph) operand.op().env();
        Session session = new Session(graph);
        Result result = session.runner().fetch(operand).run()) {
      TFloat32 tensor = (TFloat32) result.get(0);
      float[] all = new float[Math.toIntExact(tensor.size())];
      tensor.copyTo(DataBuffers.of(all));
      return all;
    }
  }

  /** One image at each of the times, all of the same x0 and noise. */
  private record Step(ForwardProcess process, Ops tf, float[] times) {
    Operand<TFloat32> time() {
      return tf.constant(times);
    }

    Operand<TFloat32> images(float[] image) {
      float[][][][] all = new float[times.length][1][1][];
      for (int i = 0; i < times.length; i++) {
        all[i][0][0] = image;
      }
      return tf.constant(StdArrays.ndCopyOf(all));
    }
  }

  private static Step step(Diffusion diffusion, float[] times) {
    return new Step(new ForwardProcess(diffusion), Ops.create(new Graph()), times);
  }

  static float[] times(Diffusion diffusion) {
    if (!diffusion.hasDiscrete()) {
      return new float[] {1e-4f, 0.25f, 0.5f, 0.99f};
    }
    int steps = ((Discrete) NoiseSchedule.of(diffusion)).numSteps();
    return new float[] {1, 2, steps - 1f, steps};
  }

  static double unit(Diffusion diffusion, float time) {
    return diffusion.hasDiscrete()
        ? (double) time / ((Discrete) NoiseSchedule.of(diffusion)).numSteps()
        : time;
  }

  @ParameterizedTest
  @MethodSource("schedules")
  void theNoisedImageAndTheNetworkTimeAreTheSchedules(Diffusion diffusion) {
    NoiseSchedule schedule = NoiseSchedule.of(diffusion);
    float[] times = times(diffusion);
    Step s = step(diffusion, times);
    float[] noisy = values(s.process.noisy(s.tf, s.images(X0), s.images(NOISE), s.time()));
    Step again = step(diffusion, times);
    float[] fed = values(again.process.networkTime(again.tf, again.time()));
    for (int i = 0; i < times.length; i++) {
      double t = unit(diffusion, times[i]);
      assertEquals(schedule.networkTime(t), fed[i], 1e-4);
      for (int k = 0; k < X0.length; k++) {
        double wanted = schedule.alpha(t) * X0[k] + schedule.sigma(t) * NOISE[k];
        assertEquals(wanted, noisy[i * X0.length + k], 2e-6, schedule + " at " + t);
      }
    }
  }

  /** A network that meets the target exactly gives back the clean image. */
  @ParameterizedTest
  @MethodSource("schedules")
  void theTargetIsWhatTheSamplerTakesItFor(Diffusion schedule) {
    for (Prediction prediction :
        Set.of(Prediction.NOISE, Prediction.X0, Prediction.V, Prediction.FLOW)) {
      Diffusion diffusion = schedule.toBuilder().setPrediction(prediction).build();
      float[] times = times(diffusion);
      Step s = step(diffusion, times);
      float[] target = values(s.process.target(s.tf, s.images(X0), s.images(NOISE), s.time()));
      for (int i = 0; i < times.length; i++) {
        double t = unit(diffusion, times[i]);
        double alpha = NoiseSchedule.of(diffusion).alpha(t);
        double sigma = NoiseSchedule.of(diffusion).sigma(t);
        if (alpha < 1e-3 && prediction == Prediction.NOISE) {
          continue; // says nothing of the clean image
        }
        ModelOutput.Conversion c = ModelOutput.of(prediction).toX0(alpha, sigma);
        for (int k = 0; k < X0.length; k++) {
          double x = alpha * X0[k] + sigma * NOISE[k];
          double found = c.state() * x + c.output() * target[i * X0.length + k];
          double tolerance = 1e-6 * (1 + 1 / Math.max(alpha, 0.1) + Math.abs(c.output()));
          assertEquals(X0[k], found, tolerance, prediction + " at " + t);
        }
      }
    }
  }

  @Test
  void timesOfARectifiedFlowAreUniform() {
    Diffusion flow = diffusion(b -> b.getRectifiedFlowBuilder());
    Ops tf = Ops.create(new Graph());
    float[] drawn =
        values(new ForwardProcess(flow).drawTime(tf, new StepRandom(tf, 7, tf.constant(3L)), 4000));
    List<Integer> tenths = new ArrayList<>(List.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    for (float t : drawn) {
      assertTrue(t >= 0 && t < 1, "time " + t);
      tenths.set((int) (10 * t), tenths.get((int) (10 * t)) + 1);
    }
    for (int count : tenths) {
      assertEquals(400, count, 100); // five standard deviations
    }
  }
}

package io.uvit.graph.diffusion;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.v1.Diffusion;
import io.uvit.config.v1.LogitNormalTime;
import io.uvit.ops.random.StepRandom;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Graph;
import org.tensorflow.op.Ops;

/** Logit-normal training times: their distribution, their range, their key. */
class TrainingTimeTest {
  private static final int COUNT = 20_000;

  static List<Diffusion> schedules() {
    return ForwardProcessTest.schedules();
  }

  private static Diffusion logitNormal(Diffusion schedule, double mean, double std) {
    return schedule.toBuilder()
        .setLogitNormalTime(LogitNormalTime.newBuilder().setMean(mean).setStd(std))
        .build();
  }

  private static float[] drawn(Diffusion diffusion, long seed, long step) {
    Ops tf = Ops.create(new Graph());
    StepRandom random = new StepRandom(tf, seed, tf.constant(step));
    return ForwardProcessTest.values(new ForwardProcess(diffusion).drawTime(tf, random, COUNT));
  }

  private static Diffusion flow() {
    return Diffusion.newBuilder()
        .setRectifiedFlow(io.uvit.config.v1.RectifiedFlow.getDefaultInstance())
        .build();
  }

  /** The logit of a time is normal: mean, variance and the share within one deviation. */
  @ParameterizedTest
  @CsvSource({"0, 1", "-0.6, 1.4", "0.5, 0.3"})
  void logitsAreNormal(double mean, double std) {
    float[] times = drawn(logitNormal(flow(), mean, std), 7, 3);
    double sum = 0;
    double squares = 0;
    int within = 0;
    for (float t : times) {
      assertTrue(t > 0 && t < 1, "time " + t);
      double z = (Math.log(t / (1 - (double) t)) - mean) / std;
      sum += z;
      squares += z * z;
      within += Math.abs(z) < 1 ? 1 : 0;
    }
    // Five standard deviations each.
    assertEquals(0, sum / COUNT, 5 / Math.sqrt(COUNT));
    assertEquals(1, squares / COUNT, 5 * Math.sqrt(2.0 / COUNT));
    assertEquals(0.6827, (double) within / COUNT, 5 * 0.466 / Math.sqrt(COUNT));
  }

  /** The default is the standard one, and so is what an unfilled message means. */
  @Test
  void meanZeroAndDeviationOneAreTheDefaults() {
    Diffusion unfilled =
        flow().toBuilder().setLogitNormalTime(LogitNormalTime.getDefaultInstance()).build();
    assertArrayEquals(drawn(logitNormal(flow(), 0, 1), 7, 3), drawn(unfilled, 7, 3), 0);
  }

  /** Every schedule draws the same t; the discrete one takes the step that holds it. */
  @ParameterizedTest
  @MethodSource("schedules")
  void schedulesShareTheDraw(Diffusion schedule) {
    float[] t = drawn(logitNormal(flow(), 0.2, 1.5), 7, 3);
    float[] found = drawn(logitNormal(schedule, 0.2, 1.5), 7, 3);
    if (!schedule.hasDiscrete()) {
      assertArrayEquals(t, found, 0);
      return;
    }
    int steps = ((Discrete) NoiseSchedule.of(schedule)).numSteps();
    for (int i = 0; i < COUNT; i++) {
      assertEquals(1 + Math.floor((double) t[i] * steps), found[i], 0, "step of " + t[i]);
    }
  }

  /** So far out that the sigmoid is 0 or 1 in float32, times still lie in the schedule. */
  @Test
  void extremeTimesStayInRange() {
    for (Diffusion schedule : schedules()) {
      boolean discrete = schedule.hasDiscrete();
      double last =
          discrete
              ? ((Discrete) NoiseSchedule.of(schedule)).numSteps()
              : Math.nextDown(1f); // as of uniform times
      for (float high : drawn(logitNormal(schedule, 900, 1), 1, 0)) {
        assertEquals(last, high, 0);
      }
      for (float low : drawn(logitNormal(schedule, -900, 1), 1, 0)) {
        assertEquals(discrete ? 1 : 0, low, 0);
      }
    }
  }

  @Test
  void drawsDependOnSeedAndStepAlone() {
    Diffusion diffusion = logitNormal(flow(), 0, 1);
    float[] once = drawn(diffusion, 7, 3);
    assertArrayEquals(once, drawn(diffusion, 7, 3), 0);
    assertFalse(Arrays.equals(once, drawn(diffusion, 7, 4)));
    assertFalse(Arrays.equals(once, drawn(diffusion, 8, 3)));
  }
}

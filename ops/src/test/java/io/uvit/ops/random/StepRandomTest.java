package io.uvit.ops.random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.ops.Eval;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.types.TFloat32;

class StepRandomTest {
  private static final long COUNT = 100_000;

  private static float[] normal(long seed, long step, String purpose) {
    return Eval.one(tf -> new StepRandom(tf, seed, tf.constant(step)).normal(purpose, 4, 8));
  }

  @Test
  void aDrawIsAFunctionOfSeedStepAndPurpose() {
    float[] draw = normal(7, 3, "noise");
    assertArrayEquals(draw, normal(7, 3, "noise"));
    assertFalse(Arrays.equals(draw, normal(8, 3, "noise")), "the seed makes no difference");
    assertFalse(Arrays.equals(draw, normal(7, 4, "noise")), "the step makes no difference");
    assertFalse(Arrays.equals(draw, normal(7, 3, "time")), "the purpose makes no difference");
  }

  @Test
  void drawsHaveTheirDistributions() {
    List<float[]> found =
        Eval.all(
            tf -> {
              StepRandom random = new StepRandom(tf, 1, tf.constant(5L));
              return List.of(
                  random.uniform("u", COUNT),
                  random.normal("n", COUNT),
                  tf.dtypes.cast(random.integers("i", 1, 1001, COUNT), TFloat32.class),
                  random.normal("other", COUNT));
            });
    float[] uniform = found.get(0);
    assertEquals(0.5, mean(uniform), 0.005);
    assertEquals(1.0 / 12, variance(uniform), 0.002);
    float[] normal = found.get(1);
    assertEquals(0, mean(normal), 0.015);
    assertEquals(1, variance(normal), 0.02);
    float[] integers = found.get(2);
    Arrays.sort(integers);
    assertEquals(1, integers[0]);
    assertEquals(1000, integers[integers.length - 1]);
    assertEquals(500.5, mean(integers), 5);
    double product = 0;
    for (int i = 0; i < COUNT; i++) {
      product += (double) normal[i] * found.get(3)[i];
    }
    assertTrue(Math.abs(product / COUNT) < 0.015, "purposes correlate: " + product / COUNT);
  }

  private static double mean(float[] values) {
    double sum = 0;
    for (float v : values) {
      sum += v;
    }
    return sum / values.length;
  }

  private static double variance(float[] values) {
    double mean = mean(values);
    double sum = 0;
    for (float v : values) {
      sum += (v - mean) * (v - mean);
    }
    return sum / values.length;
  }
}

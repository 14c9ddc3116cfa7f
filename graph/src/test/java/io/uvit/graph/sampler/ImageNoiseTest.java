package io.uvit.graph.sampler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.graph.sampler.ImageNoise.Purpose;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ImageNoiseTest {
  private static final int LENGTH = 27; // not a multiple of a generator's block

  @Test
  void anImageHasTheSameNoiseInAnyBatch() {
    ImageNoise noise = new ImageNoise(42);
    float[] together = noise.initial(10, 8, LENGTH);
    for (int i = 0; i < 8; i++) {
      float[] alone = noise.initial(10 + i, 1, LENGTH);
      assertArrayEquals(alone, Arrays.copyOfRange(together, i * LENGTH, (i + 1) * LENGTH));
    }
    float[] solver = new float[3 * LENGTH];
    noise.forSolver(10, LENGTH).fill(5, solver);
    float[] last = new float[LENGTH];
    noise.forSolver(12, LENGTH).fill(5, last);
    assertArrayEquals(last, Arrays.copyOfRange(solver, 2 * LENGTH, 3 * LENGTH));
  }

  @Test
  void everyPartOfTheKeyMatters() {
    double base = first(1, 2, Purpose.INITIAL, 3);
    assertEquals(base, first(1, 2, Purpose.INITIAL, 3));
    assertNotEquals(base, first(9, 2, Purpose.INITIAL, 3));
    assertNotEquals(base, first(1L << 40 | 1, 2, Purpose.INITIAL, 3));
    assertNotEquals(base, first(1, 9, Purpose.INITIAL, 3));
    assertNotEquals(base, first(1, 1L << 40 | 2, Purpose.INITIAL, 3));
    assertNotEquals(base, first(1, 2, Purpose.SOLVER, 3));
    assertNotEquals(base, first(1, 2, Purpose.INITIAL, 9));
  }

  private static double first(long seed, long image, Purpose purpose, int step) {
    double[] out = new double[1];
    new ImageNoise(seed).fill(out, 0, 1, image, purpose, step);
    return out[0];
  }

  @Test
  void floatsAreTheRoundedDoubles() {
    ImageNoise noise = new ImageNoise(-7);
    double[] exact = new double[LENGTH + 2];
    float[] rounded = new float[LENGTH + 2];
    noise.fill(exact, 1, LENGTH, 3, Purpose.SOLVER, 4);
    noise.fill(rounded, 1, LENGTH, 3, Purpose.SOLVER, 4);
    for (int i = 0; i < exact.length; i++) {
      assertEquals((float) exact[i], rounded[i]);
    }
    assertEquals(0, exact[0]);
    assertEquals(0, exact[LENGTH + 1]);
  }

  /**
   * From the known answers of Philox for key 0 and counter 0 by the documented formula, worked out
   * apart.
   */
  @Test
  void knownAnswer() {
    double[] found = new double[4];
    new ImageNoise(0).fill(found, 0, 4, 0, Purpose.INITIAL, 0);
    double[] wanted = {
      0.9911376799303855, -0.9246625876655352, -0.6176089594591907, -0.48206858748717946
    };
    assertArrayEquals(wanted, found, 1e-12);
  }

  @Test
  void momentsAreNormal() {
    int n = 400_000;
    double[] z = new double[n];
    new ImageNoise(1234).fill(z, 0, n, 0, Purpose.INITIAL, 0);
    double[] moments = new double[5];
    double neighbours = 0;
    int beyond2 = 0;
    for (int i = 0; i < n; i++) {
      for (int k = 1; k <= 4; k++) {
        moments[k] += Math.pow(z[i], k) / n;
      }
      neighbours += z[i] * z[(i + 1) % n] / n;
      beyond2 += Math.abs(z[i]) > 2 ? 1 : 0;
    }
    double sd = 1 / Math.sqrt(n);
    assertEquals(0, moments[1], 4 * sd);
    assertEquals(1, moments[2], 4 * sd * Math.sqrt(2));
    assertEquals(0, moments[3], 4 * sd * Math.sqrt(15));
    assertEquals(3, moments[4], 4 * sd * Math.sqrt(96));
    assertEquals(0, neighbours, 4 * sd);
    assertEquals(0.0455, (double) beyond2 / n, 4 * sd * 0.21);
  }

  @Test
  void aStepOutOfRangeIsRefused() {
    var refusal =
        assertThrows(IllegalArgumentException.class, () -> first(1, 2, Purpose.SOLVER, 1 << 28));
    assertTrue(refusal.getMessage().contains("268435456"), refusal.getMessage());
  }
}

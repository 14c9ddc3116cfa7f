package io.uvit.graph.sampler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class GuidanceTest {
  private static final Evaluation AT = new Evaluation(0, 0.5, 499.5, 0.8, 0.6);

  private static double[] guided(ClassifierFreeGuidance guidance) {
    Denoiser<double[]> network =
        guidance.guide(
            StateArithmetic.DOUBLE,
            (x, at, conditional, unconditional) -> {
              conditional[0] = 3;
              unconditional[0] = 1;
            });
    double[] out = new double[1];
    network.predict(new double[1], AT, out);
    return out;
  }

  @Test
  void bothConventions() {
    assertArrayEquals(new double[] {1 + 2.5 * 2}, guided(new ClassifierFreeGuidance(2.5)), 1e-15);
    assertArrayEquals(
        new double[] {3 + 0.4 * 2}, guided(ClassifierFreeGuidance.ofOfficialScale(0.4)), 1e-15);
    assertArrayEquals(new double[] {3}, guided(ClassifierFreeGuidance.NONE), 1e-15);
    assertEquals(0.4, ClassifierFreeGuidance.ofOfficialScale(0.4).officialScale(), 1e-15);
    assertFalse(ClassifierFreeGuidance.NONE.active());
    assertTrue(new ClassifierFreeGuidance(0).active());
  }

  @Test
  void thresholdingIsPerImage() {
    DynamicThresholding half = new DynamicThresholding(0.5, 1, 0.7);
    Denoiser<double[]> network =
        half.apply(
            StateArithmetic.DOUBLE,
            (x, at, out) ->
                System.arraycopy(new double[] {-4, 2, 1, 0.5, -0.25, 0.1}, 0, out, 0, 6),
            ModelOutput.X0,
            3);
    double[] out = new double[6];
    network.predict(new double[6], AT, out);
    assertArrayEquals(new double[] {-0.7, 0.7, 0.35, 0.35, -0.175, 0.07}, out, 1e-15);
  }
}

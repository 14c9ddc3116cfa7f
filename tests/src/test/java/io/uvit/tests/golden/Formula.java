package io.uvit.tests.golden;

import io.uvit.ops.parameters.ParameterSpec;
import java.util.List;

/** Weights and inputs by formula, so that a golden number needs no file beside it. */
final class Formula {
  private Formula() {}

  /**
   * The weights F(a) of parameter {@code index}: element j = 1, 2, ... is a sin(0.1 j + index), and
   * the scale of a normalisation is 1 more.
   */
  static float[] weights(List<ParameterSpec> specs, int index, double a) {
    ParameterSpec spec = specs.get(index);
    boolean scale =
        spec.name().contains("norm")
            && spec.name().endsWith("weight")
            && spec.shape().numDimensions() == 1;
    float[] values = new float[Math.toIntExact(spec.size())];
    for (int j = 1; j <= values.length; j++) {
      values[j - 1] = (float) (a * Math.sin(0.1 * j + index) + (scale ? 1 : 0));
    }
    return values;
  }

  /** The input X: element k = 0, 1, ... is cos(0.37 k). */
  static float[] input(int length) {
    float[] values = new float[length];
    for (int k = 0; k < length; k++) {
      values[k] = (float) Math.cos(0.37 * k);
    }
    return values;
  }
}

package io.uvit.tests.golden;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** How far numbers are from those that were wanted. */
public final class Distances {
  private Distances() {}

  /** Relative L2 distance; 0 if both are the same. */
  public static double relative(double[] expected, float[] found) {
    assertEquals(expected.length, found.length);
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < expected.length; i++) {
      double d = expected[i] - found[i];
      difference += d * d;
      norm += expected[i] * expected[i];
    }
    return difference == 0 ? 0 : Math.sqrt(difference / norm);
  }

  /** Relative L2 distance; 0 if both are the same. */
  public static double relative(float[] expected, float[] found) {
    return relative(wide(expected), found);
  }

  /** The largest absolute difference of two numbers; NaN if one of them is. */
  static double worst(float[] expected, float[] found) {
    assertEquals(expected.length, found.length);
    double worst = 0;
    for (int i = 0; i < expected.length; i++) {
      worst = Math.max(worst, Math.abs((double) expected[i] - found[i]));
    }
    return worst;
  }

  /** The same numbers in double. */
  static double[] wide(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }
}

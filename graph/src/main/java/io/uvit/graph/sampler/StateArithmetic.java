package io.uvit.graph.sampler;

import java.util.Arrays;
import java.util.List;

/**
 * What the interpreter needs to know of the arrays that hold a batch of images, in float or in
 * double. Coefficients and sums are double in either case.
 *
 * @param <S> the array type
 */
public sealed interface StateArithmetic<S> {

  /** Arithmetic on {@code double[]}. */
  StateArithmetic<double[]> DOUBLE = new Doubles();

  /** Arithmetic on {@code float[]}: sums in double, rounded once when stored. */
  StateArithmetic<float[]> FLOAT = new Floats();

  /** A new array of zeros. */
  S allocate(int length);

  /** Number of elements. */
  int length(S array);

  /** Copies all of {@code from} into {@code to}, of the same length. */
  void copy(S from, S to);

  /** {@code out = a x + b y}, elementwise; out may be x or y. */
  void combine(double a, S x, double b, S y, S out);

  /** Applies a row's update to the registers in place. */
  void update(TableauRow row, List<S> registers, S output, S noise);

  /** One element. */
  double get(S array, int index);

  /** Sets one element. */
  void set(S array, int index, double value);

  /** On double arrays. */
  final class Doubles implements StateArithmetic<double[]> {
    private Doubles() {}

    @Override
    public double[] allocate(int length) {
      return new double[length];
    }

    @Override
    public int length(double[] array) {
      return array.length;
    }

    @Override
    public void copy(double[] from, double[] to) {
      System.arraycopy(from, 0, to, 0, from.length);
    }

    @Override
    public void combine(double a, double[] x, double b, double[] y, double[] out) {
      Arrays.setAll(out, i -> a * x[i] + b * y[i]);
    }

    @Override
    public void update(TableauRow row, List<double[]> registers, double[] output, double[] noise) {
      int count = row.registers();
      double[][] coefficients = row.coefficients();
      double[][] r = registers.toArray(new double[0][]);
      double[] old = new double[count + 2];
      for (int i = 0; i < output.length; i++) {
        for (int k = 0; k < count; k++) {
          old[k] = r[k][i];
        }
        old[count] = output[i];
        old[count + 1] = noise[i];
        for (int k = 0; k < count; k++) {
          r[k][i] = dot(coefficients[k], old);
        }
      }
    }

    @Override
    public double get(double[] array, int index) {
      return array[index];
    }

    @Override
    public void set(double[] array, int index, double value) {
      array[index] = value;
    }
  }

  /** On float arrays. */
  final class Floats implements StateArithmetic<float[]> {
    private Floats() {}

    @Override
    public float[] allocate(int length) {
      return new float[length];
    }

    @Override
    public int length(float[] array) {
      return array.length;
    }

    @Override
    public void copy(float[] from, float[] to) {
      System.arraycopy(from, 0, to, 0, from.length);
    }

    @Override
    public void combine(double a, float[] x, double b, float[] y, float[] out) {
      for (int i = 0; i < out.length; i++) {
        out[i] = (float) (a * x[i] + b * y[i]);
      }
    }

    @Override
    public void update(TableauRow row, List<float[]> registers, float[] output, float[] noise) {
      int count = row.registers();
      double[][] coefficients = row.coefficients();
      float[][] r = registers.toArray(new float[0][]);
      double[] old = new double[count + 2];
      for (int i = 0; i < output.length; i++) {
        for (int k = 0; k < count; k++) {
          old[k] = r[k][i];
        }
        old[count] = output[i];
        old[count + 1] = noise[i];
        for (int k = 0; k < count; k++) {
          r[k][i] = (float) dot(coefficients[k], old);
        }
      }
    }

    @Override
    public double get(float[] array, int index) {
      return array[index];
    }

    @Override
    public void set(float[] array, int index, double value) {
      array[index] = (float) value;
    }
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}

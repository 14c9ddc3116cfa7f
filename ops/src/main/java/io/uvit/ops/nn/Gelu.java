package io.uvit.ops.nn;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;

/**
 * x Phi(x) with the error function, not the tanh approximation (PyTorch's {@code nn.GELU}). Its
 * slope is Phi(x) + x phi(x); where gradients are taken both are computed in float32.
 */
final class Gelu {
  private static final float ROOT_HALF = (float) Math.sqrt(0.5);
  private static final float DENSITY_AT_ZERO = (float) (1 / Math.sqrt(2 * Math.PI));

  private Gelu() {}

  /**
   * What a gradient reads of gelu at x.
   *
   * @param value gelu(x), in the type of x
   * @param slope of gelu at x
   */
  record Tangent<T extends TFloating>(Operand<T> value, Operand<TFloat32> slope) {}

  /**
   * Any shape and floating-point type to the same. Only for passes without gradients: {@link
   * Linear#applyToGelu} has one.
   */
  static <T extends TFloating> Operand<T> fused(Ops tf, Operand<T> x) {
    // in the very ops that TensorFlow joins with the product before them into one kernel
    Operand<T> error = tf.math.erf(tf.math.mul(x, constant(tf, x, ROOT_HALF)));
    return tf.math.mul(
        tf.math.mul(x, constant(tf, x, 0.5f)), tf.math.add(error, constant(tf, x, 1f)));
  }

  /** Any shape and floating-point type to the same. */
  static <T extends TFloating> Operand<T> value(Ops tf, Operand<T> x) {
    Operand<TFloat32> wide = Types.float32(tf, x);
    return Types.like(tf, tf.math.mul(wide, distribution(tf, wide)), x);
  }

  /** Value and slope, of any shape. */
  static <T extends TFloating> Tangent<T> tangent(Ops tf, Operand<T> x) {
    Operand<TFloat32> wide = Types.float32(tf, x);
    Operand<TFloat32> below = distribution(tf, wide);
    Operand<TFloat32> density =
        tf.math.exp(tf.math.mul(tf.math.square(wide), tf.constant(-0.5f))); // but for the constant
    Operand<TFloat32> slope =
        tf.math.add(below, tf.math.mul(density, tf.math.mul(wide, tf.constant(DENSITY_AT_ZERO))));
    return new Tangent<>(Types.like(tf, tf.math.mul(wide, below), x), slope);
  }

  /** Phi(x). */
  private static Operand<TFloat32> distribution(Ops tf, Operand<TFloat32> x) {
    Operand<TFloat32> error = tf.math.erf(tf.math.mul(x, tf.constant(ROOT_HALF)));
    return tf.math.mul(tf.math.add(error, tf.constant(1f)), tf.constant(0.5f));
  }

  private static <T extends TFloating> Operand<T> constant(Ops tf, Operand<T> like, float value) {
    return Types.like(tf, tf.constant(value), like);
  }
}

package io.uvit.ops.nn;

import io.uvit.ops.gradient.CustomGradients;
import io.uvit.ops.gradient.HandGradient;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;

/**
 * x Phi(x) with the error function, not the tanh approximation (PyTorch's {@code nn.GELU}).
 * Computed in float32; its gradient Phi(x) + x phi(x) reads x alone.
 */
final class Gelu {
  private static final float ROOT_HALF = (float) Math.sqrt(0.5);
  private static final float DENSITY_AT_ZERO = (float) (1 / Math.sqrt(2 * Math.PI));

  private Gelu() {}

  /** Any shape and floating-point type to the same. */
  static <T extends TFloating> Operand<T> apply(ForwardPass pass, Operand<T> x) {
    Ops tf = pass.tf();
    if (!pass.differentiable()) {
      return fusable(tf, x);
    }
    Operand<TFloat32> wide = Types.float32(tf, x);
    Operand<T> y = Types.like(tf, tf.math.mul(wide, distribution(tf, wide)), x);
    return CustomGradients.attach(tf, y, List.of(x), List.of(), Gelu::gradient);
  }

  /** Phi(x). */
  private static Operand<TFloat32> distribution(Ops tf, Operand<TFloat32> x) {
    Operand<TFloat32> error = tf.math.erf(tf.math.mul(x, tf.constant(ROOT_HALF)));
    return tf.math.mul(tf.math.add(error, tf.constant(1f)), tf.constant(0.5f));
  }

  private static List<Operand<?>> gradient(
      Ops tf, Operand<?> incoming, HandGradient.Forward forward) {
    Operand<? extends TFloating> dy = Types.floating(incoming);
    Operand<TFloat32> x = Types.float32(tf, Types.floating(forward.inputs().get(0)));
    Operand<TFloat32> density =
        tf.math.exp(tf.math.mul(tf.math.square(x), tf.constant(-0.5f))); // but for the constant
    Operand<TFloat32> slope =
        tf.math.add(
            distribution(tf, x),
            tf.math.mul(density, tf.math.mul(x, tf.constant(DENSITY_AT_ZERO))));
    return List.of(Types.like(tf, tf.math.mul(Types.float32(tf, dy), slope), dy));
  }

  /** In the very ops that TensorFlow joins with the product before them into one kernel. */
  private static <T extends TFloating> Operand<T> fusable(Ops tf, Operand<T> x) {
    Operand<T> error = tf.math.erf(tf.math.mul(x, constant(tf, x, ROOT_HALF)));
    return tf.math.mul(
        tf.math.mul(x, constant(tf, x, 0.5f)), tf.math.add(error, constant(tf, x, 1f)));
  }

  private static <T extends TFloating> Operand<T> constant(Ops tf, Operand<T> like, float value) {
    return Types.like(tf, tf.constant(value), like);
  }
}

package io.uvit.ops.nn;

import io.uvit.ops.gradient.CustomGradients;
import io.uvit.ops.gradient.HandGradient;
import io.uvit.ops.parameters.Initializer;
import io.uvit.ops.parameters.ParameterList;
import io.uvit.ops.parameters.ParameterSpec;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TFloat32;

/**
 * Layer normalisation over the last axis with scale and shift, eps inside the root (PyTorch's
 * {@code nn.LayerNorm}).
 *
 * @param weight [D]
 * @param bias [D]
 * @param epsilon 1e-5 in U-ViT
 */
public record LayerNorm(ParameterSpec weight, ParameterSpec bias, float epsilon) {

  /** Declares {@code name.weight} (ones) and {@code name.bias} (zeros); eps 1e-5. */
  public static LayerNorm declare(ParameterList parameters, String name, long width) {
    ParameterList own = parameters.scope(name);
    return new LayerNorm(
        own.add("weight", Initializer.ONES, width),
        own.add("bias", Initializer.ZEROS, width),
        1e-5f);
  }

  /** [T, D] -> [T, D]. */
  public Operand<TFloat32> apply(ForwardPass pass, Operand<TFloat32> x) {
    Ops tf = pass.tf();
    Operand<TFloat32> mean = tf.math.mean(x, tf.constant(-1), Mean.keepDims(true)); // [T, 1]
    Operand<TFloat32> centered = tf.math.sub(x, mean);
    Operand<TFloat32> variance =
        tf.math.mean(tf.math.square(centered), tf.constant(-1), Mean.keepDims(true)); // [T, 1]
    Operand<TFloat32> inverse = tf.math.rsqrt(tf.math.add(variance, tf.constant(epsilon)));
    Operand<TFloat32> normal = tf.math.mul(centered, inverse);
    Operand<TFloat32> y = tf.math.add(tf.math.mul(normal, pass.weight(weight)), pass.weight(bias));
    if (!pass.differentiable()) {
      return y;
    }
    long width = weight.size();
    return CustomGradients.attach(
        tf,
        y,
        List.of(x, pass.weight(weight), pass.weight(bias)),
        List.of(mean, inverse),
        (ops, dy, forward) -> gradients(ops, Types.float32(dy), forward, width));
  }

  /**
   * With n = (x - mean) inverse and g = dy w: dx = (g - mean(g) - n mean(g n)) inverse, dw = sum(dy
   * n), db = sum(dy). The means over features are products with w / D, sums over rows are products
   * with ones: they need no pass over memory of their own.
   */
  private static List<Operand<?>> gradients(
      Ops tf, Operand<TFloat32> dy, HandGradient.Forward forward, long width) {
    Operand<TFloat32> x = Types.float32(forward.inputs().get(0)); // [T, D]
    Operand<TFloat32> w = Types.float32(forward.inputs().get(1)); // [D]
    Operand<TFloat32> mean = Types.float32(forward.saved().get(0)); // [T, 1]
    Operand<TFloat32> inverse = Types.float32(forward.saved().get(1)); // [T, 1]
    Operand<TFloat32> normal = tf.math.mul(tf.math.sub(x, mean), inverse); // [T, D]
    Operand<TFloat32> share =
        tf.reshape(
            tf.math.mul(w, tf.constant(1f / width)), tf.constant(new long[] {width, 1})); // [D, 1]
    Operand<TFloat32> dyNormal = tf.math.mul(dy, normal); // [T, D]
    Operand<TFloat32> meanOfG = tf.linalg.matMul(dy, share); // [T, 1]
    Operand<TFloat32> meanOfGn = tf.linalg.matMul(dyNormal, share); // [T, 1]
    Operand<TFloat32> dx =
        tf.math.mul(
            tf.math.sub(tf.math.sub(tf.math.mul(dy, w), meanOfG), tf.math.mul(normal, meanOfGn)),
            inverse);
    return List.of(dx, Products.sumOfRows(tf, dyNormal), Products.sumOfRows(tf, dy));
  }
}

package io.uvit.ops.nn;

import io.uvit.ops.parameters.Initializer;
import io.uvit.ops.parameters.ParameterList;
import io.uvit.ops.parameters.ParameterSpec;
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
    return tf.math.add(tf.math.mul(normal, pass.weight(weight)), pass.weight(bias));
  }
}

package io.uvit.ops.nn;

import io.uvit.ops.parameters.Initializer;
import io.uvit.ops.parameters.ParameterList;
import io.uvit.ops.parameters.ParameterSpec;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Normalisation over the pixels of an image and a run of C/G channels, with scale and shift for
 * each channel, eps inside the root (PyTorch's {@code nn.GroupNorm}).
 *
 * @param weight [C]
 * @param bias [C]
 * @param groups G, a divisor of C
 * @param epsilon 1e-6 in Stable Diffusion's autoencoder, 1e-5 in PyTorch by default
 */
public record GroupNorm(ParameterSpec weight, ParameterSpec bias, int groups, float epsilon) {

  /** Declares {@code name.weight} (ones) and {@code name.bias} (zeros). */
  public static GroupNorm declare(
      ParameterList parameters, String name, long channels, int groups, float epsilon) {
    if (channels % groups != 0) {
      throw new IllegalArgumentException(
          name + ": channels: found " + channels + ", wanted a multiple of " + groups + " groups");
    }
    ParameterList own = parameters.scope(name);
    return new GroupNorm(
        own.add("weight", Initializer.ONES, channels),
        own.add("bias", Initializer.ZEROS, channels),
        groups,
        epsilon);
  }

  /**
   * [B, H, W, C] -> [B, H, W, C]. Two passes over the pixels, as {@code x a + b} with a and b [B,
   * 1, 1, C], so that few copies of a large image are alive at a time.
   */
  public Operand<TFloat32> apply(ForwardPass pass, Operand<TFloat32> x) {
    Ops tf = pass.tf();
    int channels = (int) weight.shape().size(0);
    Operand<TInt32> batch = tf.gather(tf.shape(x), tf.constant(new int[] {0}), tf.constant(0));
    Operand<TFloat32> grouped =
        tf.reshape(
            x,
            tf.concat(
                List.of(batch, tf.constant(new int[] {-1, groups, channels / groups})),
                tf.constant(0))); // [B, H*W, G, C/G]
    Operand<TInt32> axes = tf.constant(new int[] {1, 3});
    Operand<TFloat32> mean = tf.math.mean(grouped, axes, Mean.keepDims(true)); // [B, 1, G, 1]
    Operand<TFloat32> variance =
        tf.math.mean(tf.math.squaredDifference(grouped, mean), axes, Mean.keepDims(true));
    Operand<TFloat32> inverse = tf.math.rsqrt(tf.math.add(variance, tf.constant(epsilon)));
    Operand<TInt32> perGroup = tf.constant(new int[] {groups, channels / groups});
    Operand<TFloat32> a =
        tf.math.mul(inverse, tf.reshape(pass.weight(weight), perGroup)); // [B, 1, G, C/G]
    Operand<TFloat32> b =
        tf.math.sub(tf.reshape(pass.weight(bias), perGroup), tf.math.mul(mean, a));
    Operand<TInt32> perImage = tf.constant(new int[] {-1, 1, 1, channels});
    return tf.math.add(tf.math.mul(x, tf.reshape(a, perImage)), tf.reshape(b, perImage));
  }
}

package io.uvit.ops.nn;

import io.uvit.ops.parameters.Initializer;
import io.uvit.ops.parameters.ParameterList;
import io.uvit.ops.parameters.ParameterSpec;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Convolution of stride 1 that keeps height and width (zero padding k/2, k odd).
 *
 * @param weight [out, in, k, k]
 * @param bias [out]
 */
public record Conv2d(ParameterSpec weight, ParameterSpec bias) {

  /**
   * Declares {@code name.weight} and {@code name.bias} with PyTorch's convolution initialisation.
   */
  public static Conv2d declare(
      ParameterList parameters, String name, long in, long out, long kernel) {
    if (kernel % 2 == 0) {
      throw new IllegalArgumentException(
          name + ": kernel: found " + kernel + ", wanted an odd size");
    }
    ParameterList own = parameters.scope(name);
    Initializer initializer = Initializer.convolution(in * kernel * kernel);
    return new Conv2d(
        own.add("weight", initializer, out, in, kernel, kernel), own.add("bias", initializer, out));
  }

  /** [B, H, W, in] -> [B, H, W, out]. */
  public Operand<TFloat32> apply(ForwardPass pass, Operand<TFloat32> x) {
    Ops tf = pass.tf();
    Operand<TFloat32> kernel =
        tf.linalg.transpose(
            pass.weight(weight), tf.constant(new int[] {2, 3, 1, 0})); // [k, k, in, out]
    Operand<TFloat32> y = tf.nn.conv2d(x, kernel, List.of(1L, 1L, 1L, 1L), "SAME");
    return tf.nn.biasAdd(y, pass.weight(bias));
  }
}

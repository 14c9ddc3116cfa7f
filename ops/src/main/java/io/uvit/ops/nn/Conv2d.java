package io.uvit.ops.nn;

import io.uvit.ops.parameters.Initializer;
import io.uvit.ops.parameters.ParameterList;
import io.uvit.ops.parameters.ParameterSpec;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Convolution with zero padding, so that stride s divides height and width by s.
 *
 * @param weight [out, in, k, k], k odd
 * @param bias [out], or empty
 * @param stride 1, or more with sizes that are multiples of it
 * @param padding where the zeros stand
 */
public record Conv2d(
    ParameterSpec weight, Optional<ParameterSpec> bias, int stride, Padding padding) {

  /** Where the zeros around an image stand. */
  public enum Padding {
    /** k/2 on every side (PyTorch's {@code padding=k//2}). */
    CENTERED,
    /** k - s on the right and at the bottom: all that a stride of s > 1 needs. */
    TRAILING
  }

  /**
   * Declares {@code name.weight} and {@code name.bias} with PyTorch's convolution initialisation;
   * stride 1.
   */
  public static Conv2d declare(
      ParameterList parameters, String name, long in, long out, long kernel) {
    return declare(parameters, name, in, out, kernel, 1, Padding.CENTERED, true);
  }

  /**
   * Declares {@code name.weight} and, if wanted, {@code name.bias} with PyTorch's convolution
   * initialisation.
   *
   * @param kernel an odd size
   */
  public static Conv2d declare(
      ParameterList parameters,
      String name,
      long in,
      long out,
      long kernel,
      int stride,
      Padding padding,
      boolean bias) {
    if (kernel % 2 == 0) {
      throw new IllegalArgumentException(
          name + ": kernel: found " + kernel + ", wanted an odd size");
    }
    ParameterList own = parameters.scope(name);
    Initializer initializer = Initializer.convolution(in * kernel * kernel);
    ParameterSpec weight = own.add("weight", initializer, out, in, kernel, kernel);
    return new Conv2d(
        weight,
        bias ? Optional.of(own.add("bias", initializer, out)) : Optional.empty(),
        stride,
        padding);
  }

  /** [B, H, W, in] -> [B, H/s, W/s, out]. */
  public Operand<TFloat32> apply(ForwardPass pass, Operand<TFloat32> x) {
    Ops tf = pass.tf();
    Operand<TFloat32> kernel =
        tf.linalg.transpose(
            pass.weight(weight), tf.constant(new int[] {2, 3, 1, 0})); // [k, k, in, out]
    List<Long> strides = List.of(1L, (long) stride, (long) stride, 1L);
    Operand<TFloat32> y =
        stride == 1
            ? tf.nn.conv2d(x, kernel, strides, "SAME")
            : tf.nn.conv2d(padded(tf, x), kernel, strides, "VALID");
    return bias.isPresent() ? tf.nn.biasAdd(y, pass.weight(bias.get())) : y;
  }

  private Operand<TFloat32> padded(Ops tf, Operand<TFloat32> x) {
    int k = (int) weight.shape().size(2);
    int before = padding == Padding.CENTERED ? k / 2 : 0;
    int after = padding == Padding.CENTERED ? k / 2 : k - stride;
    return tf.pad(
        x,
        tf.constant(new int[][] {{0, 0}, {before, after}, {before, after}, {0, 0}}),
        tf.constant(0f));
  }
}

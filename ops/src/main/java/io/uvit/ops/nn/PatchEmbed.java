package io.uvit.ops.nn;

import io.uvit.ops.parameters.Initializer;
import io.uvit.ops.parameters.ParameterList;
import io.uvit.ops.parameters.ParameterSpec;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;

/**
 * Patches to tokens: the official p x p convolution of stride p, written as the product it is.
 *
 * @param weight [D, C, p, p]
 * @param bias [D]
 */
public record PatchEmbed(
    ParameterSpec weight, ParameterSpec bias, int channels, int patchSize, int embedDim) {

  /**
   * Declares {@code name.proj.weight} and {@code name.proj.bias} with PyTorch's convolution
   * initialisation.
   */
  public static PatchEmbed declare(
      ParameterList parameters, String name, int channels, int patchSize, int embedDim) {
    ParameterList own = parameters.scope(name).scope("proj");
    Initializer initializer = Initializer.convolution((long) channels * patchSize * patchSize);
    return new PatchEmbed(
        own.add("weight", initializer, embedDim, channels, patchSize, patchSize),
        own.add("bias", initializer, embedDim),
        channels,
        patchSize,
        embedDim);
  }

  /** [B, H, W, C] -> [B, (H/p)(W/p), D], tokens row by row. */
  public Operand<TFloat32> apply(ForwardPass pass, Operand<TFloat32> image, int height, int width) {
    Ops tf = pass.tf();
    long p = patchSize;
    long features = channels * p * p;
    Operand<TFloat32> grid =
        tf.reshape(image, tf.constant(new long[] {-1, height / p, p, width / p, p, channels}));
    grid =
        tf.linalg.transpose(
            grid, tf.constant(new int[] {0, 1, 3, 5, 2, 4})); // [B, h, w, C, p1, p2]
    Operand<TFloat32> rows =
        tf.reshape(grid, tf.constant(new long[] {-1, features})); // [B*L, C p p]
    Operand<TFloat32> kernel =
        tf.reshape(pass.weight(weight), tf.constant(new long[] {embedDim, features}));
    Operand<TFloat32> tokens = tf.linalg.matMul(rows, kernel, MatMul.transposeB(true));
    tokens = tf.nn.biasAdd(tokens, pass.weight(bias));
    return tf.reshape(tokens, tf.constant(new long[] {-1, (height / p) * (width / p), embedDim}));
  }
}

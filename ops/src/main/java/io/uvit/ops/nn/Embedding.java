package io.uvit.ops.nn;

import io.uvit.ops.parameters.Initializer;
import io.uvit.ops.parameters.ParameterList;
import io.uvit.ops.parameters.ParameterSpec;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Table look-up, N(0, 1) at the start (PyTorch's {@code nn.Embedding}).
 *
 * @param weight [numEmbeddings, D]
 */
public record Embedding(ParameterSpec weight, int numEmbeddings) {

  /** Declares {@code name.weight}. */
  public static Embedding declare(
      ParameterList parameters, String name, int numEmbeddings, long width) {
    return new Embedding(
        parameters.scope(name).add("weight", new Initializer.Normal(1), numEmbeddings, width),
        numEmbeddings);
  }

  /**
   * [B] -> [B, D]. Written as a product with one-hot rows: its gradient is a product too, in a
   * fixed order of summation, where that of a gather scatters. An index outside the table gives a
   * row of zeros, so callers check labels before.
   */
  public Operand<TFloat32> apply(ForwardPass pass, Operand<TInt32> index) {
    Ops tf = pass.tf();
    Operand<TFloat32> rows =
        tf.oneHot(
            index,
            tf.constant(numEmbeddings),
            tf.constant(1f),
            tf.constant(0f)); // [B, numEmbeddings]
    return tf.linalg.matMul(rows, pass.weight(weight));
  }
}

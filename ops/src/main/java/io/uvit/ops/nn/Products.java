package io.uvit.ops.nn;

import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.OperationBuilder;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;

/**
 * Matrix products, as {@code BatchMatMulV2}, whatever their rank. Of TensorFlow's three product ops
 * it is the one that oneDNN computes at the machine's peak in every size and transposition, in
 * float32 and bfloat16 (docs/performance.md); {@code BatchMatMulV3}, the one TensorFlow's own
 * gradients and Java's {@code batchMatMul} use, has no oneDNN kernel.
 */
public final class Products {
  private Products() {}

  /** a b, the last two axes [.., m, k] and [.., k, n] -> [.., m, n]; both of one type. */
  public static <T extends TFloating> Operand<T> of(Ops tf, Operand<T> a, Operand<?> b) {
    return build(tf, a, false, b, false);
  }

  /** a b^T, [.., m, k] and [.., n, k] -> [.., m, n]. */
  public static <T extends TFloating> Operand<T> withTransposedSecond(
      Ops tf, Operand<T> a, Operand<?> b) {
    return build(tf, a, false, b, true);
  }

  /** a^T b, [.., k, m] and [.., k, n] -> [.., m, n]. */
  public static <T extends TFloating> Operand<T> withTransposedFirst(
      Ops tf, Operand<T> a, Operand<?> b) {
    return build(tf, a, true, b, false);
  }

  /**
   * The sum of all rows, [T, D] -> [D], as a product with ones, which is faster than a reduction of
   * columns; summed in float32 and given in the type of {@code x}.
   */
  static <T extends TFloating> Operand<T> sumOfRows(Ops tf, Operand<T> x) {
    Operand<TInt32> shape = tf.shape(x); // [2]
    Operand<TInt32> rows = tf.slice(shape, tf.constant(new int[] {0}), tf.constant(new int[] {1}));
    Operand<TInt32> columns =
        tf.slice(shape, tf.constant(new int[] {1}), tf.constant(new int[] {1}));
    Operand<TInt32> row = tf.concat(List.of(tf.constant(new int[] {1}), rows), tf.constant(0));
    Operand<T> ones = tf.fill(row, Types.like(tf, tf.constant(1f), x)); // [1, T]
    return tf.reshape(tf.linalg.matMul(ones, x), columns);
  }

  private static <T extends TFloating> Operand<T> build(
      Ops tf, Operand<T> a, boolean transposeA, Operand<?> b, boolean transposeB) {
    OperationBuilder op =
        ((Graph) tf.scope().env())
            .opBuilder("BatchMatMulV2", tf.scope().makeOpName("Product"), tf.scope());
    op.addInput(a.asOutput());
    op.addInput(b.asOutput());
    op.setAttr("adj_x", transposeA);
    op.setAttr("adj_y", transposeB);
    return op.build().output(0);
  }
}

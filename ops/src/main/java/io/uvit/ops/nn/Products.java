package io.uvit.ops.nn;

import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.OperationBuilder;
import org.tensorflow.op.Ops;
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

package io.uvit.ops.nn;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;

/** Conversions between the types of floating-point operands; none where the type is the same. */
final class Types {
  private Types() {}

  /** An operand of a gradient; all those in this package are floating-point. */
  @SuppressWarnings("unchecked")
  static Operand<? extends TFloating> floating(Operand<?> value) {
    return (Operand<? extends TFloating>) value;
  }

  /** An operand that is known to have the type of another. */
  @SuppressWarnings("unchecked")
  static <T extends TFloating> Operand<T> same(Operand<?> value, Operand<T> other) {
    return (Operand<T>) value;
  }

  /** An operand that is known to be of float32. */
  @SuppressWarnings("unchecked")
  static Operand<TFloat32> float32(Operand<?> value) {
    return (Operand<TFloat32>) value;
  }

  @SuppressWarnings("unchecked") // where the type is the same
  static <T extends TFloating> Operand<T> to(
      Ops tf, Operand<? extends TFloating> value, Class<T> type) {
    return value.type() == type ? (Operand<T>) value : tf.dtypes.cast(value, type);
  }

  /** In the type of another operand. */
  static <T extends TFloating> Operand<T> like(
      Ops tf, Operand<? extends TFloating> value, Operand<T> other) {
    return to(tf, value, other.type());
  }

  static Operand<TFloat32> float32(Ops tf, Operand<? extends TFloating> value) {
    return to(tf, value, TFloat32.class);
  }
}

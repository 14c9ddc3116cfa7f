package io.uvit.graph.train;

import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TType;

/** An int64 scalar variable that counts; {@link #value} is its value at the beginning of a run. */
public final class Counter {
  private final String name;
  private final VarHandleOp handle;
  private final Operand<TInt64> value;
  private final Placeholder<TInt64> restored;
  private final Op restore;

  Counter(Ops tf, String name) {
    this.name = name;
    handle =
        tf.withName(name).varHandleOp(TInt64.class, Shape.scalar(), VarHandleOp.sharedName(name));
    value = tf.withName(name + ".read").readVariableOp(handle, TInt64.class);
    restored =
        tf.withName(name + ".restore").placeholder(TInt64.class, Placeholder.shape(Shape.scalar()));
    restore = tf.assignVariableOp(handle, restored);
  }

  /** The variable's name. */
  public String name() {
    return name;
  }

  /** The resource. */
  public Operand<? extends TType> handle() {
    return handle;
  }

  /** The value, read once in a run; whatever depends on it must precede {@link #increment}. */
  public Operand<TInt64> value() {
    return value;
  }

  /** What to feed for {@link #restore}, scalar. */
  public Placeholder<TInt64> restored() {
    return restored;
  }

  /** Gives the counter the value fed to {@link #restored}. */
  public Op restore() {
    return restore;
  }

  /** Adds one. */
  Op increment(Ops after) {
    return add(after, after.constant(1L));
  }

  /** Adds a scalar. */
  Op add(Ops after, Operand<TInt64> amount) {
    return after.assignAddVariableOp(handle, amount);
  }

  /** Sets the counter. */
  Op assign(Ops tf, Operand<TInt64> to) {
    return tf.assignVariableOp(handle, to);
  }

  /** As a variable of a training program that starts at 0. */
  StateVariable<TInt64> state(Ops tf) {
    return new StateVariable<>(
        name, handle, value, TInt64.class, assign(tf, tf.constant(0L)), false);
  }
}

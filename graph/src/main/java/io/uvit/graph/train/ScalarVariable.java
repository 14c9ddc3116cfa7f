package io.uvit.graph.train;

import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.family.TType;

/** A scalar variable of a training; {@link #value} is its value at the beginning of a run. */
public class ScalarVariable<T extends TType> {
  private final String name;
  private final Class<T> type;
  private final VarHandleOp handle;
  private final Operand<T> value;
  private final Placeholder<T> restored;
  private final Op restore;

  ScalarVariable(Ops tf, String name, Class<T> type) {
    this.name = name;
    this.type = type;
    handle = tf.withName(name).varHandleOp(type, Shape.scalar(), VarHandleOp.sharedName(name));
    value = tf.withName(name + ".read").readVariableOp(handle, type);
    restored = tf.withName(name + ".restore").placeholder(type, Placeholder.shape(Shape.scalar()));
    restore = tf.assignVariableOp(handle, restored);
  }

  /** The variable's name. */
  public final String name() {
    return name;
  }

  /** The resource. */
  public final Operand<? extends TType> handle() {
    return handle;
  }

  /** The value, read once in a run; whatever depends on it must precede a change. */
  public final Operand<T> value() {
    return value;
  }

  /** What to feed for {@link #restore}, scalar. */
  public final Placeholder<T> restored() {
    return restored;
  }

  /** Gives the variable the value fed to {@link #restored}. */
  public final Op restore() {
    return restore;
  }

  /** Sets the variable. */
  final Op assign(Ops tf, Operand<T> to) {
    return tf.assignVariableOp(handle, to);
  }

  /** As a variable of a training program with its first value. */
  final StateVariable<T> state(Ops tf, Operand<T> first) {
    return new StateVariable<>(name, handle, value, type, assign(tf, first), false);
  }
}

package io.uvit.graph.train;

import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt64;

/** An int64 scalar variable that counts from 0. */
public final class Counter extends ScalarVariable<TInt64> {
  Counter(Ops tf, String name) {
    super(tf, name, TInt64.class);
  }

  /** Adds one. */
  Op increment(Ops after) {
    return add(after, after.constant(1L));
  }

  /** Adds a scalar. */
  Op add(Ops after, Operand<TInt64> amount) {
    return after.assignAddVariableOp(handle(), amount);
  }

  /** As a variable of a training program that starts at 0. */
  StateVariable<TInt64> state(Ops tf) {
    return state(tf, tf.constant(0L));
  }
}

package io.uvit.ops.optim;

import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.ops.parameters.Variables;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Exponential moving average of the weights: ema = decay ema + (1 - decay) p, from the first step
 * on, without warm-up (official utils.py ema).
 *
 * @param decay in [0, 1)
 */
public record Ema(double decay) {
  public Ema {
    if (!(decay >= 0 && decay < 1)) {
      throw new IllegalArgumentException("ema decay: found " + decay + ", wanted [0, 1)");
    }
  }

  /** Moves the average of one parameter after {@code updated}. */
  public Op update(
      Ops tf, ParameterSpec spec, Variables parameters, Variables averages, List<Op> updated) {
    Ops after = tf.withControlDependencies(updated);
    Operand<TFloat32> value = after.readVariableOp(parameters.handle(spec), TFloat32.class);
    Operand<TFloat32> average = after.readVariableOp(averages.handle(spec), TFloat32.class);
    Operand<TFloat32> change =
        tf.math.mul(tf.math.sub(average, value), tf.constant((float) (1 - decay)));
    return tf.assignSubVariableOp(averages.handle(spec), change);
  }
}

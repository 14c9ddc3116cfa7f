package io.uvit.ops.optim;

import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.ops.parameters.Variables;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt64;

/**
 * Exponential moving average of the weights: ema = d ema + (1 - d) p, from the first step on.
 * Without warm-up d is the decay in every step (official utils.py ema); with it d = min(decay, (1 +
 * k) / (10 + k)) in step k = 0, 1, ..., so that a young average is not the initial weights (the
 * formula of TensorFlow's ExponentialMovingAverage with num_updates).
 *
 * @param decay in [0, 1)
 * @param warmup whether the decay rises to its value
 */
public record Ema(double decay, boolean warmup) {
  private static final double AHEAD = 1;
  private static final double BEHIND = 10;

  public Ema {
    if (!(decay >= 0 && decay < 1)) {
      throw new IllegalArgumentException("ema decay: found " + decay + ", wanted [0, 1)");
    }
  }

  /**
   * A decay's shortest decimal text, {@code 0.9999}: the same on every platform, allowed in names
   * of variables and files, and read back to the same number.
   *
   * @param decay finite
   */
  public static String text(double decay) {
    BigDecimal exact = new BigDecimal(decay);
    BigDecimal shortest = exact;
    for (int digits = 1; digits <= 17; digits++) { // 17 tell every double apart
      shortest = exact.round(new MathContext(digits));
      if (shortest.doubleValue() == decay) {
        break;
      }
    }
    return shortest.signum() == 0 ? "0" : shortest.stripTrailingZeros().toPlainString();
  }

  /**
   * The decay in effect.
   *
   * @param step steps done before, >= 0
   */
  public double at(long step) {
    return warmup ? Math.min(decay, (AHEAD + step) / (BEHIND + step)) : decay;
  }

  /**
   * What an average takes over of the weights in a step, 1 - d; scalar.
   *
   * @param step steps done before, scalar
   */
  public Operand<TFloat32> share(Ops tf, Operand<TInt64> step) {
    if (!warmup) {
      return tf.constant((float) (1 - decay));
    }
    Operand<TFloat64> k = tf.dtypes.cast(step, TFloat64.class);
    Operand<TFloat64> young =
        tf.math.div(tf.math.add(k, tf.constant(AHEAD)), tf.math.add(k, tf.constant(BEHIND)));
    Operand<TFloat64> effective = tf.math.minimum(tf.constant(decay), young);
    return tf.dtypes.cast(tf.math.sub(tf.constant(1.0), effective), TFloat32.class);
  }

  /**
   * Moves the average of one parameter after {@code updated}.
   *
   * @param share of this step, as {@link #share} gives it
   */
  public static Op update(
      Ops tf,
      Operand<TFloat32> share,
      ParameterSpec spec,
      Variables parameters,
      Variables averages,
      List<Op> updated) {
    Ops after = tf.withControlDependencies(updated);
    Operand<TFloat32> value = after.readVariableOp(parameters.handle(spec), TFloat32.class);
    Operand<TFloat32> average = after.readVariableOp(averages.handle(spec), TFloat32.class);
    // average -= share (average - value)
    return tf.train.resourceApplyGradientDescent(
        averages.handle(spec), share, tf.math.sub(average, value));
  }
}

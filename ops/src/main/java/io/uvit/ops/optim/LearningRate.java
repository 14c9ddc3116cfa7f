package io.uvit.ops.optim;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt64;

/**
 * The learning rate of step k = 0, 1, ...: linear warm-up, then constant or half a cosine (official
 * utils.py "customized" schedule; PyTorch CosineAnnealingLR).
 *
 * @param peak the full rate
 * @param warmupSteps W; step k of the warm-up runs with peak * min(k / W, 1), so the very first
 *     step runs with rate 0; without warm-up (W = 0) the first step runs with the full rate
 * @param decay what follows
 * @param totalSteps steps of the whole run, where the cosine reaches 0
 */
public record LearningRate(double peak, long warmupSteps, Decay decay, long totalSteps) {

  /** What follows the warm-up. */
  public enum Decay {
    CONSTANT,
    COSINE
  }

  public LearningRate {
    if (peak < 0 || warmupSteps < 0) {
      throw new IllegalArgumentException(
          "learning rate: found peak "
              + peak
              + " and "
              + warmupSteps
              + " warm-up steps, wanted neither negative");
    }
    if (decay == Decay.COSINE && totalSteps <= warmupSteps) {
      throw new IllegalArgumentException(
          "learning rate: found "
              + totalSteps
              + " steps, wanted more than the "
              + warmupSteps
              + " of the warm-up");
    }
  }

  /** The rate on the host. */
  public double at(long step) {
    double rate = warmupSteps == 0 ? peak : peak * Math.min((double) step / warmupSteps, 1);
    if (decay == Decay.COSINE && step > warmupSteps) {
      double part = Math.min((double) (step - warmupSteps) / (totalSteps - warmupSteps), 1);
      rate = peak * 0.5 * (1 + Math.cos(Math.PI * part));
    }
    return rate;
  }

  /** The rate in the graph, in double, for a scalar step. */
  public Operand<TFloat64> apply(Ops tf, Operand<TInt64> step) {
    Operand<TFloat64> k = tf.dtypes.cast(step, TFloat64.class);
    Operand<TFloat64> one = tf.constant(1.0);
    Operand<TFloat64> factor =
        warmupSteps == 0
            ? one
            : tf.math.minimum(tf.math.div(k, tf.constant((double) warmupSteps)), one);
    if (decay == Decay.COSINE) {
      Operand<TFloat64> part =
          tf.math.div(
              tf.math.sub(k, tf.constant((double) warmupSteps)),
              tf.constant((double) (totalSteps - warmupSteps)));
      part = tf.clipByValue(part, tf.constant(0.0), one);
      Operand<TFloat64> cosine = tf.math.cos(tf.math.mul(part, tf.constant(Math.PI)));
      factor = tf.math.mul(factor, tf.math.mul(tf.math.add(cosine, one), tf.constant(0.5)));
    }
    return tf.math.mul(factor, tf.constant(peak));
  }
}

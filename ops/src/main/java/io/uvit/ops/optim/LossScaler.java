package io.uvit.ops.optim;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/**
 * Dynamic loss scaling (Micikevicius et al. 2018, "Mixed Precision Training"), by the rules of
 * PyTorch's {@code torch.cuda.amp.GradScaler}: the loss is multiplied by a scale, so that small
 * gradients do not vanish in float16, and the gradients are divided by it again in float32. A step
 * whose gradients are not finite is not made and has the scale fall; so many finite steps in a row
 * have it rise.
 *
 * <p>Scales are powers of two within float32's range, so that scaling rounds nothing there. Unlike
 * PyTorch's, the scale does not fall below {@code minimum}: below 1 it would no longer be the
 * scaling that overflows (docs/decisions/0015).
 *
 * @param initial scale of the first step, a power of two
 * @param growthFactor factor after {@code growthInterval} finite steps in a row, a power of two > 1
 * @param backoffFactor factor after a step that is not finite, a power of two < 1
 * @param growthInterval finite steps in a row, >= 1
 * @param minimum smallest scale, a power of two
 */
public record LossScaler(
    float initial, float growthFactor, float backoffFactor, long growthInterval, float minimum) {

  /** GradScaler's numbers, with which the official code trains in float16. */
  public static final LossScaler OFFICIAL = new LossScaler(65536, 2, 0.5f, 2000, 1);

  public LossScaler {
    requirePowerOfTwo("initial", initial);
    requirePowerOfTwo("growthFactor", growthFactor);
    requirePowerOfTwo("backoffFactor", backoffFactor);
    requirePowerOfTwo("minimum", minimum);
    if (!(growthFactor > 1 && backoffFactor < 1 && initial >= minimum && growthInterval >= 1)) {
      throw new IllegalArgumentException(
          "loss scaler: found growth by %s after %d steps, backoff by %s, scales from %s to %s, wanted > 1, >= 1, < 1, rising"
              .formatted(growthFactor, growthInterval, backoffFactor, minimum, initial));
    }
  }

  private static void requirePowerOfTwo(String name, float value) {
    if (!(value >= Float.MIN_NORMAL && value <= Float.MAX_VALUE)
        || Math.scalb(1f, Math.getExponent(value)) != value) {
      throw new IllegalArgumentException(
          "loss scaler: " + name + ": found " + value + ", wanted a power of two");
    }
  }

  /**
   * What is kept from step to step.
   *
   * @param scale of the next step, scalar
   * @param growthTracker finite steps since the scale last changed, scalar; 0 at first
   */
  public record Values(Operand<TFloat32> scale, Operand<TInt64> growthTracker) {}

  /**
   * After a step.
   *
   * @param finite whether the step was made, scalar
   */
  public Values next(Ops tf, Values before, Operand<TBool> finite) {
    Operand<TInt64> zero = tf.constant(0L);
    Operand<TInt64> tracker = tf.math.add(before.growthTracker(), tf.constant(1L));
    Operand<TBool> due = tf.math.greaterEqual(tracker, tf.constant(growthInterval));
    Operand<TFloat32> grown = tf.math.mul(before.scale(), tf.constant(growthFactor));
    Operand<TFloat32> afterFinite =
        tf.select(tf.math.logicalAnd(due, tf.math.isFinite(grown)), grown, before.scale());
    Operand<TFloat32> fallen =
        tf.math.maximum(
            tf.math.mul(before.scale(), tf.constant(backoffFactor)), tf.constant(minimum));
    return new Values(
        tf.select(finite, afterFinite, fallen),
        tf.select(tf.math.logicalAnd(finite, tf.math.logicalNot(due)), tracker, zero));
  }

  /**
   * Whether a smaller scale may make a step finite that is not: its loss is finite, and the scale
   * is above the minimum; scalar.
   *
   * @param scale of the step, scalar
   * @param loss without scale, scalar
   */
  public Operand<TBool> mayFall(Ops tf, Operand<TFloat32> scale, Operand<TFloat32> loss) {
    return tf.math.logicalAnd(tf.math.isFinite(loss), tf.math.greater(scale, tf.constant(minimum)));
  }
}

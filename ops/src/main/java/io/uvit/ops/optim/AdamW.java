package io.uvit.ops.optim;

import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.ops.parameters.Variables;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt64;

/**
 * AdamW as {@code torch.optim.AdamW} computes it (Loshchilov and Hutter 2019): p = (1 - lr wd) p,
 * then p -= lr mHat / (sqrt(vHat) + eps) with mHat = m / (1 - beta1^k), vHat = v / (1 - beta2^k).
 *
 * <p>TensorFlow's fused kernel computes p -= a m / (sqrt(v) + e). With a = lr sqrt(1 - beta2^k) /
 * (1 - beta1^k) and e = eps sqrt(1 - beta2^k) that is the same update; a and e are computed in
 * double in the graph. The framework's Adam is not used: its beta powers race with the updates
 * (docs/decisions/0003).
 */
public record AdamW(double beta1, double beta2, double epsilon, double weightDecay) {

  public AdamW {
    requireRate("beta1", beta1);
    requireRate("beta2", beta2);
    if (!(epsilon > 0) || !(weightDecay >= 0)) {
      throw new IllegalArgumentException(
          "AdamW: found epsilon "
              + epsilon
              + " and weight decay "
              + weightDecay
              + ", wanted > 0 and >= 0");
    }
  }

  private static void requireRate(String name, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException("AdamW: " + name + ": found " + value + ", wanted [0, 1)");
    }
  }

  /**
   * Scalars of one step, shared by all parameters.
   *
   * @param rate a
   * @param epsilon e
   * @param kept 1 - lr wd, what the decay leaves of a parameter
   */
  public record StepScalars(
      Operand<TFloat32> rate, Operand<TFloat32> epsilon, Operand<TFloat32> kept) {}

  /**
   * Computes the scalars of one step.
   *
   * @param learningRate scalar
   * @param updatesDone updates made before this one, scalar: k - 1
   */
  public StepScalars scalars(Ops tf, Operand<TFloat64> learningRate, Operand<TInt64> updatesDone) {
    Operand<TFloat64> one = tf.constant(1.0);
    Operand<TFloat64> k = tf.math.add(tf.dtypes.cast(updatesDone, TFloat64.class), one);
    Operand<TFloat64> bias1 = tf.math.sub(one, tf.math.pow(tf.constant(beta1), k));
    Operand<TFloat64> rootBias2 =
        tf.math.sqrt(tf.math.sub(one, tf.math.pow(tf.constant(beta2), k)));
    Operand<TFloat64> rate = tf.math.mul(learningRate, tf.math.div(rootBias2, bias1));
    return new StepScalars(
        tf.dtypes.cast(rate, TFloat32.class),
        tf.dtypes.cast(tf.math.mul(tf.constant(epsilon), rootBias2), TFloat32.class),
        tf.dtypes.cast(
            tf.math.sub(one, tf.math.mul(learningRate, tf.constant(weightDecay))), TFloat32.class));
  }

  /**
   * Updates one parameter and its moments.
   *
   * @param gradient with the parameter's shape; whatever must happen before the update has to
   *     precede it
   * @return the op after which the parameter is updated
   */
  public Op update(
      Ops tf,
      StepScalars scalars,
      ParameterSpec spec,
      Variables parameters,
      Variables firstMoments,
      Variables secondMoments,
      Operand<TFloat32> gradient) {
    Ops afterGradient = tf.withControlDependencies(List.of(gradient));
    Ops afterDecay = afterGradient;
    if (weightDecay > 0) {
      Operand<TFloat32> value =
          afterGradient.readVariableOp(parameters.handle(spec), TFloat32.class);
      Op decayed =
          afterGradient.assignVariableOp(
              parameters.handle(spec), afterGradient.math.mul(value, scalars.kept()));
      afterDecay = tf.withControlDependencies(List.of(decayed));
    }
    Operand<TFloat32> zero = tf.constant(0f);
    return afterDecay.train.resourceApplyAdam(
        parameters.handle(spec),
        firstMoments.handle(spec),
        secondMoments.handle(spec),
        zero, // the bias corrections are in the rate already
        zero,
        scalars.rate(),
        tf.constant((float) beta1),
        tf.constant((float) beta2),
        scalars.epsilon(),
        gradient);
  }
}

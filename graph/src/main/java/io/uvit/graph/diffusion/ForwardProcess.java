package io.uvit.graph.diffusion;

import io.uvit.config.v1.Diffusion;
import io.uvit.config.v1.Prediction;
import io.uvit.ops.random.StepRandom;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;

/**
 * The forward process in a training graph: x_t = alpha(t) x0 + sigma(t) noise, the network's time
 * input, and what the network is to predict (official sde.py VPSDE and LSimple;
 * train_ldm_discrete.py Schedule and LSimple).
 *
 * <p>The time operand is float32 [B]: t in [0, 1) for the continuous schedules, n in 1..numSteps
 * for the discrete one.
 */
public final class ForwardProcess {
  private final Diffusion diffusion;

  /** For the schedule and prediction of an experiment. */
  public ForwardProcess(Diffusion diffusion) {
    this.diffusion = diffusion;
    if (diffusion.getScheduleCase() == Diffusion.ScheduleCase.SCHEDULE_NOT_SET) {
      throw new IllegalArgumentException(
          "diffusion.schedule: found none, wanted vp_linear, vp_cosine or discrete");
    }
  }

  /** Draws a training time for each image: t ~ U[0, 1) or n ~ U{1..numSteps}; float32 [B]. */
  public Operand<TFloat32> drawTime(Ops tf, StepRandom random, long batch) {
    if (diffusion.hasDiscrete()) {
      return tf.dtypes.cast(random.integers("time", 1, numSteps() + 1L, batch), TFloat32.class);
    }
    return random.uniform("time", batch);
  }

  /** The network's own time input: 999 t, or n. [B] */
  public Operand<TFloat32> networkTime(Ops tf, Operand<TFloat32> time) {
    return diffusion.hasDiscrete() ? time : tf.math.mul(time, tf.constant(999f));
  }

  /** The position of a training time within the schedule, in [0, 1]. [B] */
  public Operand<TFloat32> unitTime(Ops tf, Operand<TFloat32> time) {
    return diffusion.hasDiscrete() ? tf.math.div(time, tf.constant((float) numSteps())) : time;
  }

  /** alpha(t) x0 + sigma(t) noise, [B, H, W, C]. Coefficients are computed in double. */
  public Operand<TFloat32> noisy(
      Ops tf, Operand<TFloat32> x0, Operand<TFloat32> noise, Operand<TFloat32> time) {
    Operand<TFloat64> logAlphaBar = logAlphaBar(tf, time); // [B]
    Operand<TFloat64> alpha = tf.math.exp(tf.math.mul(logAlphaBar, tf.constant(0.5)));
    Operand<TFloat64> sigma = tf.math.sqrt(tf.math.neg(tf.math.expm1(logAlphaBar)));
    return tf.math.add(
        tf.math.mul(perImage(tf, alpha), x0), tf.math.mul(perImage(tf, sigma), noise));
  }

  /** What the network is to predict: the noise or x0, [B, H, W, C]. */
  public Operand<TFloat32> target(Operand<TFloat32> x0, Operand<TFloat32> noise) {
    return diffusion.getPrediction() == Prediction.X0 ? x0 : noise;
  }

  /** Mean square over all but the batch axis (official LSimple), [B]. */
  public Operand<TFloat32> lossPerImage(
      Ops tf, Operand<TFloat32> target, Operand<TFloat32> prediction) {
    return tf.math.mean(
        tf.math.squaredDifference(target, prediction), tf.constant(new int[] {1, 2, 3}));
  }

  private static Operand<TFloat32> perImage(Ops tf, Operand<TFloat64> values) {
    return tf.reshape(
        tf.dtypes.cast(values, TFloat32.class), tf.constant(new long[] {-1, 1, 1, 1}));
  }

  private Operand<TFloat64> logAlphaBar(Ops tf, Operand<TFloat32> time) {
    Operand<TFloat64> t = tf.dtypes.cast(time, TFloat64.class);
    return switch (diffusion.getScheduleCase()) {
      case VP_LINEAR -> vpLinear(tf, t);
      case VP_COSINE -> vpCosine(tf, t);
      case DISCRETE ->
          tf.gather(
              tf.constant(discreteLogAlphaBar()),
              tf.dtypes.cast(time, TInt32.class),
              tf.constant(0));
      case SCHEDULE_NOT_SET -> throw new AssertionError("checked in the constructor");
    };
  }

  /** -B(t) with B(t) = betaMin t + (betaMax - betaMin) t^2 / 2. */
  private Operand<TFloat64> vpLinear(Ops tf, Operand<TFloat64> t) {
    var vp = diffusion.getVpLinear();
    double betaMin = vp.hasBetaMin() ? vp.getBetaMin() : 0.1;
    double betaMax = vp.hasBetaMax() ? vp.getBetaMax() : 20;
    Operand<TFloat64> slope = tf.math.mul(t, tf.constant((betaMax - betaMin) / 2));
    return tf.math.neg(tf.math.mul(t, tf.math.add(slope, tf.constant(betaMin))));
  }

  /** log(F(t) / F(0)) with F(t) = cos^2((t + s) / (1 + s) pi / 2). */
  private Operand<TFloat64> vpCosine(Ops tf, Operand<TFloat64> t) {
    double s = diffusion.getVpCosine().hasS() ? diffusion.getVpCosine().getS() : 0.008;
    double rate = Math.PI / 2 / (1 + s);
    Operand<TFloat64> angle = tf.math.mul(tf.math.add(t, tf.constant(s)), tf.constant(rate));
    Operand<TFloat64> logF = tf.math.mul(tf.math.log(tf.math.cos(angle)), tf.constant(2.0));
    return tf.math.sub(logF, tf.constant(2 * Math.log(Math.cos(s * rate))));
  }

  private int numSteps() {
    return diffusion.getDiscrete().hasNumSteps() ? diffusion.getDiscrete().getNumSteps() : 1000;
  }

  /** log alphaBar[n], n = 0..numSteps, of betas linspace(sqrt(start), sqrt(end), numSteps)^2. */
  private double[] discreteLogAlphaBar() {
    var d = diffusion.getDiscrete();
    double start = Math.sqrt(d.hasBetaStart() ? d.getBetaStart() : 0.00085);
    double end = Math.sqrt(d.hasBetaEnd() ? d.getBetaEnd() : 0.0120);
    int steps = numSteps();
    double[] table = new double[steps + 1];
    for (int n = 1; n <= steps; n++) {
      double root = steps == 1 ? start : start + (end - start) * (n - 1) / (steps - 1);
      table[n] = table[n - 1] + Math.log1p(-root * root);
    }
    return table;
  }
}

package io.uvit.graph.diffusion;

import io.uvit.config.v1.Diffusion;
import io.uvit.config.v1.LogitNormalTime;
import io.uvit.config.v1.Prediction;
import io.uvit.ops.random.StepRandom;
import java.util.Arrays;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;

/**
 * The forward process in a training graph: x_t = alpha(t) x0 + sigma(t) noise, the network's time
 * input, what the network is to predict (official sde.py VPSDE and LSimple; train_ldm_discrete.py
 * Schedule and LSimple; {@link RectifiedFlow}), and what its error weighs.
 *
 * <p>The time operand is float32 [B]: t in [0, 1) for the continuous schedules, n in 1..numSteps
 * for the discrete one.
 */
public final class ForwardProcess {
  private final NoiseSchedule schedule;
  private final Prediction prediction;
  private final Diffusion diffusion;

  /**
   * For the schedule and prediction of an experiment.
   *
   * @throws IllegalArgumentException if no schedule is set
   */
  public ForwardProcess(Diffusion diffusion) {
    schedule = NoiseSchedule.of(diffusion);
    prediction = diffusion.getPrediction();
    this.diffusion = diffusion;
  }

  /**
   * Draws a training time for each image: t ~ U[0, 1) or n ~ U{1..numSteps}; with {@code
   * logit_normal_time} t = sigmoid(mean + std z), z ~ N(0, 1) (Esser et al. 2024, eq. 19), or n = 1
   * + floor(t numSteps). float32 [B].
   */
  public Operand<TFloat32> drawTime(Ops tf, StepRandom random, long batch) {
    if (diffusion.hasLogitNormalTime()) {
      Operand<TFloat32> t = logitNormal(tf, random.normal("time", batch));
      return discrete() ? step(tf, t) : t;
    }
    if (discrete()) {
      return tf.dtypes.cast(random.integers("time", 1, numSteps() + 1L, batch), TFloat32.class);
    }
    return random.uniform("time", batch);
  }

  /** Rounded below 1, as uniform times are. */
  private Operand<TFloat32> logitNormal(Ops tf, Operand<TFloat32> normal) {
    LogitNormalTime c = diffusion.getLogitNormalTime();
    Operand<TFloat64> scaled =
        tf.math.mul(
            tf.dtypes.cast(normal, TFloat64.class), tf.constant(c.hasStd() ? c.getStd() : 1.0));
    Operand<TFloat64> t = tf.math.sigmoid(tf.math.add(scaled, tf.constant(c.getMean())));
    return tf.math.minimum(tf.dtypes.cast(t, TFloat32.class), tf.constant(Math.nextDown(1f)));
  }

  /** The step whose share of [0, 1) holds t. */
  private Operand<TFloat32> step(Ops tf, Operand<TFloat32> t) {
    Operand<TFloat64> number = tf.constant((double) numSteps());
    Operand<TFloat64> below = tf.math.floor(tf.math.mul(tf.dtypes.cast(t, TFloat64.class), number));
    Operand<TFloat64> n = tf.math.minimum(tf.math.add(below, tf.constant(1.0)), number);
    return tf.dtypes.cast(n, TFloat32.class);
  }

  /** The network's own time input: 999 t, n, or 1000 sigma(t) for rectified flow. [B] */
  public Operand<TFloat32> networkTime(Ops tf, Operand<TFloat32> time) {
    if (schedule instanceof RectifiedFlow flow) {
      Operand<TFloat64> scale = tf.constant(RectifiedFlow.NETWORK_TIME_SCALE);
      return tf.dtypes.cast(tf.math.mul(flowSigma(tf, time, flow), scale), TFloat32.class);
    }
    return discrete() ? time : tf.math.mul(time, tf.constant(999f));
  }

  /** The position of a training time within the schedule, in [0, 1]. [B] */
  public Operand<TFloat32> unitTime(Ops tf, Operand<TFloat32> time) {
    return discrete() ? tf.math.div(time, tf.constant((float) numSteps())) : time;
  }

  /** alpha(t) x0 + sigma(t) noise, [B, H, W, C]. Coefficients are computed in double. */
  public Operand<TFloat32> noisy(
      Ops tf, Operand<TFloat32> x0, Operand<TFloat32> noise, Operand<TFloat32> time) {
    Coefficients c = coefficients(tf, time);
    return tf.math.add(
        tf.math.mul(perImage(tf, c.alpha), x0), tf.math.mul(perImage(tf, c.sigma), noise));
  }

  /**
   * What the network is to predict, [B, H, W, C]: the noise, x0, v = alpha(t) noise - sigma(t) x0
   * or the flow noise - x0.
   */
  public Operand<TFloat32> target(
      Ops tf, Operand<TFloat32> x0, Operand<TFloat32> noise, Operand<TFloat32> time) {
    return switch (prediction) {
      case NOISE, PREDICTION_UNSPECIFIED -> noise;
      case X0 -> x0;
      case V -> {
        Coefficients c = coefficients(tf, time);
        yield tf.math.sub(
            tf.math.mul(perImage(tf, c.alpha), noise), tf.math.mul(perImage(tf, c.sigma), x0));
      }
      case FLOW -> tf.math.sub(noise, x0);
      case UNRECOGNIZED -> throw unknownPrediction();
    };
  }

  /** alpha(t) and sigma(t), [B] each. */
  private record Coefficients(Operand<TFloat64> alpha, Operand<TFloat64> sigma) {}

  private Coefficients coefficients(Ops tf, Operand<TFloat32> time) {
    if (schedule instanceof RectifiedFlow flow) {
      Operand<TFloat64> sigma = flowSigma(tf, time, flow);
      return new Coefficients(tf.math.sub(tf.constant(1.0), sigma), sigma);
    }
    Operand<TFloat64> logAlphaBar = logAlphaBar(tf, time); // [B]
    return new Coefficients(
        tf.math.exp(tf.math.mul(logAlphaBar, tf.constant(0.5))),
        tf.math.sqrt(tf.math.neg(tf.math.expm1(logAlphaBar))));
  }

  /** shift t / (1 + (shift - 1) t). */
  private static Operand<TFloat64> flowSigma(Ops tf, Operand<TFloat32> time, RectifiedFlow flow) {
    Operand<TFloat64> t = tf.dtypes.cast(time, TFloat64.class);
    Operand<TFloat64> slope = tf.math.mul(t, tf.constant(flow.shift() - 1));
    return tf.math.div(
        tf.math.mul(t, tf.constant(flow.shift())), tf.math.add(slope, tf.constant(1.0)));
  }

  /** Mean square over all but the batch axis (official LSimple), [B]. */
  public Operand<TFloat32> lossPerImage(
      Ops tf, Operand<TFloat32> target, Operand<TFloat32> prediction) {
    return tf.math.mean(
        tf.math.squaredDifference(target, prediction), tf.constant(new int[] {1, 2, 3}));
  }

  /**
   * What the square error of each image weighs in the optimised loss, [B]; empty: all the same.
   *
   * <p>With {@code min_snr_gamma} g: min(snr, g) of the clean image, snr = (alpha / sigma)^2, and
   * for another prediction m times (dx0 / dm)^2, so that the same estimate of the clean image costs
   * the same whatever the network predicts (Hang et al. 2023, section 3.4):
   *
   * <pre>
   *   x0     min(snr, g)
   *   noise  min(snr, g) / snr
   *   v      min(snr, g) sigma^2 / (alpha^2 + sigma^2)^2, that is min(snr, g) / (snr + 1) of VP
   *   flow   min(snr, g) sigma^2 / (alpha + sigma)^2, that is min(snr, g) sigma^2 of rectified flow
   * </pre>
   *
   * <p>Finite where there is no signal or no noise: computed in double from the powers of both.
   */
  public Optional<Operand<TFloat32>> lossWeight(Ops tf, Operand<TFloat32> time) {
    if (!diffusion.hasMinSnrGamma()) {
      return Optional.empty();
    }
    Coefficients c = coefficients(tf, time);
    Operand<TFloat64> gamma = tf.constant(diffusion.getMinSnrGamma());
    Operand<TFloat64> signal = tf.math.square(c.alpha);
    Operand<TFloat64> noise = tf.math.square(c.sigma);
    Operand<TFloat64> least = tf.math.minimum(signal, tf.math.mul(gamma, noise)); // times sigma^2
    Operand<TFloat64> weight =
        switch (prediction) {
          case X0 -> tf.math.minimum(tf.math.div(signal, noise), gamma); // infinity at sigma 0
          case V -> tf.math.div(least, tf.math.square(tf.math.add(signal, noise)));
          case FLOW -> tf.math.div(least, tf.math.square(tf.math.add(c.alpha, c.sigma)));
          case NOISE, PREDICTION_UNSPECIFIED ->
              tf.math.minimum(
                  tf.constant(1.0), tf.math.div(tf.math.mul(gamma, noise), signal)); // or alpha 0
          case UNRECOGNIZED -> throw unknownPrediction();
        };
    return Optional.of(tf.dtypes.cast(weight, TFloat32.class));
  }

  private static IllegalArgumentException unknownPrediction() {
    return new IllegalArgumentException(
        "diffusion.prediction: unknown value, wanted NOISE, X0, V or FLOW");
  }

  private static Operand<TFloat32> perImage(Ops tf, Operand<TFloat64> values) {
    return tf.reshape(
        tf.dtypes.cast(values, TFloat32.class), tf.constant(new long[] {-1, 1, 1, 1}));
  }

  private Operand<TFloat64> logAlphaBar(Ops tf, Operand<TFloat32> time) {
    Operand<TFloat64> t = tf.dtypes.cast(time, TFloat64.class);
    if (schedule instanceof VpLinear linear) {
      return vpLinear(tf, t, linear);
    }
    if (schedule instanceof VpCosine cosine) {
      return vpCosine(tf, t, cosine);
    }
    double[] table = Arrays.stream(((Discrete) schedule).alphaBars()).map(Math::log).toArray();
    return tf.gather(
        tf.constant(table), tf.dtypes.cast(time, TInt32.class), tf.constant(0)); // n = 0..numSteps
  }

  /** -B(t) with B(t) = betaMin t + (betaMax - betaMin) t^2 / 2. */
  private static Operand<TFloat64> vpLinear(Ops tf, Operand<TFloat64> t, VpLinear vp) {
    Operand<TFloat64> slope = tf.math.mul(t, tf.constant((vp.betaMax() - vp.betaMin()) / 2));
    return tf.math.neg(tf.math.mul(t, tf.math.add(slope, tf.constant(vp.betaMin()))));
  }

  /** log(F(t) / F(0)) with F(t) = cos^2((t + s) / (1 + s) pi / 2). */
  private static Operand<TFloat64> vpCosine(Ops tf, Operand<TFloat64> t, VpCosine vp) {
    double rate = Math.PI / 2 / (1 + vp.s());
    Operand<TFloat64> angle = tf.math.mul(tf.math.add(t, tf.constant(vp.s())), tf.constant(rate));
    Operand<TFloat64> logF = tf.math.mul(tf.math.log(tf.math.cos(angle)), tf.constant(2.0));
    return tf.math.sub(logF, tf.constant(2 * Math.log(Math.cos(vp.s() * rate))));
  }

  private boolean discrete() {
    return schedule instanceof Discrete;
  }

  private int numSteps() {
    return ((Discrete) schedule).numSteps();
  }
}

package io.uvit.graph.sampler;

import io.uvit.graph.diffusion.NoiseSchedule;

/**
 * The exact solution of the diffusion ODE from one time to another for a model output that is a
 * polynomial in the half log-SNR: {@code x_t = ratio x_s - weight (phi1 m + phi2 m' h + phi3 m''
 * h^2)}.
 *
 * <p>One formula serves noise and data prediction (Lu et al. 2022a eq. 3.4, 2022b eq. 9): noise has
 * {@code ratio = alpha_t / alpha_s}, {@code weight = sigma_t} and {@code h = lambda_t - lambda_s};
 * data has the roles of alpha and sigma exchanged and h negated.
 *
 * @param ratio factor of the state
 * @param weight factor of the integral
 * @param h signed step in half log-SNR
 */
record ExponentialStep(double ratio, double weight, double h) {
  private static final double SERIES_BELOW = 1e-2;

  static ExponentialStep between(NoiseSchedule schedule, ModelOutput form, double s, double t) {
    double h = schedule.lambda(t) - schedule.lambda(s);
    return switch (form) {
      case NOISE ->
          new ExponentialStep(
              Math.exp(schedule.logAlpha(t) - schedule.logAlpha(s)), schedule.sigma(t), h);
      case X0 -> new ExponentialStep(schedule.sigma(t) / schedule.sigma(s), schedule.alpha(t), -h);
      case V, SCORE ->
          throw new IllegalArgumentException("no exponential integrator works in " + form);
    };
  }

  /** {@code e^h - 1}. */
  double phi1() {
    return Math.expm1(h);
  }

  /** {@code phi1 / h - 1}, near {@code h / 2}. */
  double phi2() {
    return Math.abs(h) < SERIES_BELOW ? h * series(2) : phi1() / h - 1;
  }

  /** {@code phi2 / h - 1/2}, near {@code h / 6}. */
  double phi3() {
    return Math.abs(h) < SERIES_BELOW ? h * series(3) : phi2() / h - 0.5;
  }

  /** {@code 1/n! + h/(n+1)! + h^2/(n+2)! + ...}. */
  private double series(int n) {
    double term = n == 2 ? 1.0 / 2 : 1.0 / 6;
    double sum = 0;
    for (int k = n + 1; k <= n + 8; k++) {
      sum += term;
      term *= h / k;
    }
    return sum;
  }

  /** The step with a constant model output: DDIM. */
  LinearForm apply(LinearForm x, LinearForm m) {
    return x.times(ratio).minus(weight * phi1(), m);
  }

  /** The step with a model output, its first and its second scaled derivative. */
  LinearForm apply(LinearForm x, LinearForm m, LinearForm d1, LinearForm d2) {
    return apply(x, m).minus(weight * phi2(), d1).minus(weight * phi3(), d2);
  }
}

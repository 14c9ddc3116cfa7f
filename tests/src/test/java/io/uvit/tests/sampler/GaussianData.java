package io.uvit.tests.sampler;

import io.uvit.graph.diffusion.NoiseSchedule;
import io.uvit.graph.sampler.Evaluation;

/**
 * Data x0 ~ N(m, s2), elementwise independent: the exact noise, the exact clean image and the exact
 * solution of the probability-flow ODE are known.
 */
record GaussianData(double[] mean, double[] variance) {

  static GaussianData of(Fixture fixture) {
    return new GaussianData(fixture.doubles("m"), fixture.doubles("s2"));
  }

  /** E[noise | x_t]. */
  void noise(double[] x, Evaluation at, double[] out) {
    for (int i = 0; i < x.length; i++) {
      int j = i % mean.length;
      double total = at.alpha() * at.alpha() * variance[j] + at.sigma() * at.sigma();
      out[i] = at.sigma() * (x[i] - at.alpha() * mean[j]) / total;
    }
  }

  /** E[x0 | x_t]. */
  void clean(double[] x, Evaluation at, double[] out) {
    for (int i = 0; i < x.length; i++) {
      int j = i % mean.length;
      double total = at.alpha() * at.alpha() * variance[j] + at.sigma() * at.sigma();
      out[i] = mean[j] + at.alpha() * variance[j] / total * (x[i] - at.alpha() * mean[j]);
    }
  }

  /** The solution at time t of the ODE that starts at {@code x} at time {@code start}. */
  double[] exact(NoiseSchedule schedule, double[] x, double start, double t) {
    double[] out = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      int j = i % mean.length;
      double ratio = Math.sqrt(total(schedule, t, j) / total(schedule, start, j));
      out[i] = schedule.alpha(t) * mean[j] + ratio * (x[i] - schedule.alpha(start) * mean[j]);
    }
    return out;
  }

  private double total(NoiseSchedule schedule, double t, int j) {
    return schedule.alphaBar(t) * variance[j] + schedule.betaBar(t);
  }
}

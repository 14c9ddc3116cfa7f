package io.uvit.tests.sampler;

import io.uvit.graph.diffusion.Discrete;
import io.uvit.graph.diffusion.NoiseSchedule;
import io.uvit.graph.diffusion.VpCosine;
import io.uvit.graph.diffusion.VpLinear;
import java.util.Arrays;

/** The schedules that the reference data name. */
final class Schedules {
  private Schedules() {}

  static NoiseSchedule named(String name) {
    return switch (name) {
      case "linear", "vpsde" -> VpLinear.OFFICIAL;
      case "cosine", "vpsde_cosine" -> VpCosine.OFFICIAL;
      case "discrete_sd" -> Discrete.stableDiffusion();
      case "discrete_cosine" -> clippedCosine();
      default -> throw new IllegalArgumentException("schedule " + name);
    };
  }

  /** Improved-DDPM betas, cut as dpm-solver does where the half log-SNR falls below -5.1. */
  private static NoiseSchedule clippedCosine() {
    double[] betas = new double[1000];
    for (int i = 0; i < 1000; i++) {
      betas[i] = Math.min(0.999, 1 - alphaBar((i + 1) / 1000.0) / alphaBar(i / 1000.0));
    }
    Discrete whole = Discrete.of(betas);
    int kept = 1000;
    while (whole.lambda(kept / 1000.0) < -5.1) {
      kept--;
    }
    return Discrete.of(Arrays.copyOf(betas, kept));
  }

  private static double alphaBar(double t) {
    double cosine = Math.cos((t + 0.008) / 1.008 * Math.PI / 2);
    return cosine * cosine;
  }
}

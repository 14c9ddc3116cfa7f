package io.uvit.config;

import io.uvit.config.v1.Diffusion;
import io.uvit.config.v1.Discrete;
import io.uvit.config.v1.LogitNormalTime;
import io.uvit.config.v1.Prediction;
import io.uvit.config.v1.VpLinear;

/** The rules of the {@code diffusion} section. */
final class DiffusionRules {
  private final Diffusion diffusion;
  private final Checks checks;

  DiffusionRules(Diffusion diffusion, Checks checks) {
    this.diffusion = diffusion;
    this.checks = checks;
  }

  /** Whether the schedule has no signal at all at time 1. */
  static boolean endsWithoutSignal(Diffusion diffusion) {
    return diffusion.hasRectifiedFlow()
        || (diffusion.hasDiscrete() && diffusion.getDiscrete().getZeroTerminalSnr());
  }

  void check() {
    switch (diffusion.getScheduleCase()) {
      case VP_LINEAR -> checkVpLinear(diffusion.getVpLinear());
      case VP_COSINE -> checks.positive("diffusion.vp_cosine.s", diffusion.getVpCosine().getS());
      case DISCRETE -> checkDiscrete(diffusion.getDiscrete());
      case RECTIFIED_FLOW ->
          checks.positive(
              "diffusion.rectified_flow.shift", diffusion.getRectifiedFlow().getShift());
      case SCHEDULE_NOT_SET ->
          checks.problem(
              "diffusion.schedule",
              "missing",
              "none",
              "one of vp_linear, vp_cosine, discrete, rectified_flow");
    }
    checks.known(
        "diffusion.prediction", Prediction.getDescriptor(), diffusion.getPredictionValue());
    if (diffusion.hasLogitNormalTime()) {
      LogitNormalTime time = diffusion.getLogitNormalTime();
      checks.finite("diffusion.logit_normal_time.mean", time.getMean());
      checks.positive("diffusion.logit_normal_time.std", time.getStd());
    }
    if (diffusion.hasMinSnrGamma()) {
      checks.positive("diffusion.min_snr_gamma", diffusion.getMinSnrGamma());
    }
  }

  private void checkVpLinear(VpLinear schedule) {
    checks.positive("diffusion.vp_linear.beta_min", schedule.getBetaMin());
    checks.positive("diffusion.vp_linear.beta_max", schedule.getBetaMax());
    if (schedule.getBetaMax() < schedule.getBetaMin()) {
      String wanted = "at least beta_min " + schedule.getBetaMin();
      checks.problem(
          "diffusion.vp_linear.beta_max", "below beta_min", schedule.getBetaMax(), wanted);
    }
  }

  private void checkDiscrete(Discrete schedule) {
    checks.atLeast("diffusion.discrete.num_steps", schedule.getNumSteps(), 2);
    if (schedule.getBetasCount() > 0) {
      checkBetas(schedule);
      return;
    }
    checkBeta("diffusion.discrete.beta_start", schedule.getBetaStart());
    checkBeta("diffusion.discrete.beta_end", schedule.getBetaEnd());
    if (schedule.getBetaEnd() < schedule.getBetaStart()) {
      String wanted = "at least beta_start " + schedule.getBetaStart();
      checks.problem(
          "diffusion.discrete.beta_end", "below beta_start", schedule.getBetaEnd(), wanted);
    }
  }

  private void checkBetas(Discrete schedule) {
    int count = schedule.getBetasCount();
    if (schedule.getNumSteps() != count) {
      checks.problem(
          "diffusion.discrete.num_steps",
          "is not the number of diffusion.discrete.betas",
          schedule.getNumSteps(),
          count + ", or none");
    }
    for (int i = 0; i < count; i++) {
      checkBeta("diffusion.discrete.betas[" + i + "]", schedule.getBetas(i));
    }
    if (schedule.hasBetaStart()) {
      notBesideBetas("diffusion.discrete.beta_start", schedule.getBetaStart());
    }
    if (schedule.hasBetaEnd()) {
      notBesideBetas("diffusion.discrete.beta_end", schedule.getBetaEnd());
    }
  }

  private void notBesideBetas(String path, double found) {
    checks.problem(path, "has no meaning beside diffusion.discrete.betas", found, "none");
  }

  private void checkBeta(String path, double beta) {
    if (!(beta > 0 && beta < 1)) {
      checks.problem(path, "out of range", beta, "a variance in (0, 1)");
    }
  }
}

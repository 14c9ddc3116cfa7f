package io.uvit.graph.sampler;

import io.uvit.graph.diffusion.NoiseSchedule;
import java.util.Arrays;

/**
 * Euler-Maruyama on the reverse SDE {@code dx = (f x - g^2 score) dt + g dw}, or Euler on the
 * probability-flow ODE {@code dx = (f x - g^2/2 score) dt}, over a grid and a last noiseless move
 * to 0.
 *
 * <p>Source: Song et al. 2021; official {@code sde.py} euler_maruyama.
 */
final class EulerMaruyamaPlan {
  private final Solver.EulerMaruyama solver;
  private final SolverSpec spec;
  private final NoiseSchedule schedule;

  EulerMaruyamaPlan(Solver.EulerMaruyama solver, SolverSpec spec, NoiseSchedule schedule) {
    this.solver = solver;
    this.spec = spec;
    this.schedule = schedule;
  }

  LinearForm write(TableauBuilder builder) {
    int moves = spec.steps();
    if (moves < 2) {
      throw new IllegalArgumentException(
          "sample.steps: found " + moves + " for Euler-Maruyama, wanted at least 2");
    }
    double[] grid = spec.grid().nodes(schedule, spec.startTime(), spec.endTime(), moves - 1);
    double[] times = Arrays.copyOf(grid, moves + 1); // the last one is 0
    LinearForm x = builder.initial();
    for (int i = 0; i < moves; i++) {
      double t = times[i];
      double dt = times[i + 1] - t;
      double g = schedule.diffusion(t);
      LinearForm noise = builder.evaluate(x, t, ModelOutput.NOISE); // score = -noise / sigma
      double scoreShare = solver.stochastic() ? 1 : 0.5;
      LinearForm next =
          x.times(1 + schedule.drift(t) * dt)
              .plus(scoreShare * g * g * dt / schedule.sigma(t), noise);
      if (solver.stochastic() && i + 1 < moves) {
        next = next.plus(g * Math.sqrt(-dt), builder.noise());
      }
      x = builder.endStep(next, times[i + 1]);
    }
    return x;
  }
}

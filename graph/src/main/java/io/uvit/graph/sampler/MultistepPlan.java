package io.uvit.graph.sampler;

import io.uvit.graph.diffusion.NoiseSchedule;
import io.uvit.graph.sampler.Solver.Expansion;

/**
 * DPM-Solver(++) multistep of orders 1 to 3: the history of model outputs gives the derivatives.
 *
 * <p>Source: Lu et al. 2022b algorithm 2 (2M); dpm-solver's {@code dpm_solver_pytorch.py}
 * multistep_dpm_solver_*_update.
 */
final class MultistepPlan {
  private final Solver.Multistep solver;
  private final SolverSpec spec;
  private final NoiseSchedule schedule;

  MultistepPlan(Solver.Multistep solver, SolverSpec spec, NoiseSchedule schedule) {
    this.solver = solver;
    this.spec = spec;
    this.schedule = schedule;
  }

  LinearForm write(TableauBuilder builder) {
    int steps = spec.steps();
    double[] times = spec.grid().nodes(schedule, spec.startTime(), spec.endTime(), steps);
    LinearForm[] outputs = new LinearForm[steps];
    LinearForm x = builder.initial();
    for (int i = 0; i < steps; i++) {
      outputs[i] = builder.evaluate(x, times[i], solver.algorithm().form());
      x = builder.endStep(step(x, times, outputs, i), times[i + 1]);
    }
    return x;
  }

  private int orderOf(int step) {
    int order = Math.min(solver.order(), step + 1);
    boolean lower =
        solver.lowerOrderFinal() && spec.steps() < Solver.Multistep.LOWER_ORDER_FINAL_BELOW;
    return lower ? Math.min(order, spec.steps() - step) : order;
  }

  /** The step from times[i] to times[i + 1], with outputs[0..i] known. */
  private LinearForm step(LinearForm x, double[] times, LinearForm[] outputs, int i) {
    ExponentialStep step = between(times, i);
    LinearForm m0 = outputs[i];
    int order = orderOf(i);
    if (order == 1) {
      return step.apply(x, m0);
    }
    double r0 = between(times, i - 1).h() / step.h();
    LinearForm slope0 = m0.minus(outputs[i - 1]).times(1 / r0);
    if (order == 2) {
      double factor = solver.expansion() == Expansion.TAYLOR ? step.phi2() : 0.5 * step.phi1();
      return step.apply(x, m0).minus(step.weight() * factor, slope0);
    }
    double r1 = between(times, i - 2).h() / step.h();
    LinearForm slope1 = outputs[i - 1].minus(outputs[i - 2]).times(1 / r1);
    LinearForm curvature = slope0.minus(slope1).times(1 / (r0 + r1));
    // The second derivative is twice the divided difference; the official formula leaves the 2 out.
    LinearForm second = solver.expansion() == Expansion.TAYLOR ? curvature.times(2) : curvature;
    return step.apply(x, m0, slope0.plus(r0, curvature), second);
  }

  private ExponentialStep between(double[] times, int i) {
    return ExponentialStep.between(schedule, solver.algorithm().form(), times[i], times[i + 1]);
  }
}

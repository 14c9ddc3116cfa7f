package io.uvit.graph.sampler;

import io.uvit.graph.diffusion.NoiseSchedule;
import io.uvit.graph.sampler.Solver.Expansion;
import io.uvit.graph.sampler.Solver.Nodes;
import io.uvit.graph.sampler.Solver.OrderPlan;
import java.util.Arrays;

/**
 * DPM-Solver(++) singlestep of orders 1 to 3 on any plan of orders and nodes.
 *
 * <p>Source: Lu et al. 2022a algorithms 1 and 2 and appendix D.3 (fast); official {@code
 * dpm_solver_pytorch.py} and {@code dpm_solver_pp.py} dpm_solver_*_update.
 */
final class SingleStepPlan {
  private final Solver.SingleStep solver;
  private final SolverSpec spec;
  private final NoiseSchedule schedule;

  SingleStepPlan(Solver.SingleStep solver, SolverSpec spec, NoiseSchedule schedule) {
    this.solver = solver;
    this.spec = spec;
    this.schedule = schedule;
  }

  /** The order of each step for a budget of evaluations. */
  static int[] orders(OrderPlan plan, int order, int evaluations) {
    int full = evaluations / order;
    int rest = evaluations % order;
    if (plan == OrderPlan.FIXED) {
      if (full == 0) {
        throw new IllegalArgumentException(
            "sample.steps: found "
                + evaluations
                + " for steps of fixed order "
                + order
                + ", wanted at least "
                + order);
      }
      return filled(full, order);
    }
    if (rest > 0) {
      return filled(full, order, rest);
    }
    // Order 3 never ends on a full step: the last three evaluations make steps of order 2 and 1.
    return order == 3 ? filled(full - 1, 3, 2, 1) : filled(full, order);
  }

  private static int[] filled(int count, int order, int... last) {
    int[] orders = new int[count + last.length];
    Arrays.fill(orders, 0, count, order);
    System.arraycopy(last, 0, orders, count, last.length);
    return orders;
  }

  LinearForm write(TableauBuilder builder) {
    int[] orders = orders(solver.plan(), solver.order(), spec.steps());
    boolean fine = solver.nodes() == Nodes.GRID_OF_EVALUATIONS;
    int intervals = fine ? Arrays.stream(orders).sum() : orders.length;
    double[] grid = spec.grid().nodes(schedule, spec.startTime(), spec.endTime(), intervals);
    LinearForm x = builder.initial();
    int at = 0;
    for (int order : orders) {
      int next = at + (fine ? order : 1);
      double[] times =
          fine ? Arrays.copyOfRange(grid, at, next + 1) : evenInLogSnr(grid[at], grid[next], order);
      x = builder.endStep(step(builder, x, times), grid[next]);
      at = next;
    }
    return x;
  }

  private double[] evenInLogSnr(double s, double t, int order) {
    return TimeGrid.UNIFORM_LOG_SNR.nodes(schedule, s, t, order);
  }

  /** One step over times[0] > ... > times[k], evaluating at all but the last. */
  private LinearForm step(TableauBuilder builder, LinearForm x, double[] times) {
    ModelOutput form = solver.algorithm().form();
    int order = times.length - 1;
    double s = times[0];
    ExponentialStep whole = ExponentialStep.between(schedule, form, s, times[order]);
    LinearForm m0 = builder.evaluate(x, s, form);
    if (order == 1) {
      return whole.apply(x, m0);
    }
    ExponentialStep first = ExponentialStep.between(schedule, form, s, times[1]);
    double r1 = first.h() / whole.h();
    LinearForm m1 = builder.evaluate(first.apply(x, m0), times[1], form);
    LinearForm difference1 = m1.minus(m0);
    boolean taylor = solver.expansion() == Expansion.TAYLOR;
    if (order == 2) {
      double factor = taylor ? whole.phi2() : 0.5 * whole.phi1();
      return whole.apply(x, m0).minus(whole.weight() * factor / r1, difference1);
    }
    ExponentialStep second = ExponentialStep.between(schedule, form, s, times[2]);
    double r2 = second.h() / whole.h();
    LinearForm u2 =
        second.apply(x, m0).minus(r2 / r1 * second.weight() * second.phi2(), difference1);
    LinearForm difference2 = builder.evaluate(u2, times[2], form).minus(m0);
    if (!taylor) {
      return whole.apply(x, m0).minus(whole.weight() * whole.phi2() / r2, difference2);
    }
    LinearForm slope1 = difference1.times(1 / r1);
    LinearForm slope2 = difference2.times(1 / r2);
    LinearForm d1 = slope1.times(r2).minus(r1, slope2).times(1 / (r2 - r1));
    LinearForm d2 = slope2.minus(slope1).times(2 / (r2 - r1));
    return whole.apply(x, m0, d1, d2);
  }
}

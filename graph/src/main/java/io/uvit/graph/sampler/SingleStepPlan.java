package io.uvit.graph.sampler;

import io.uvit.graph.diffusion.NoiseSchedule;
import io.uvit.graph.sampler.Solver.Nodes;
import io.uvit.graph.sampler.Solver.OrderPlan;
import java.util.Arrays;

/**
 * DPM-Solver(++) singlestep of orders 1 to 3 on any plan of orders and nodes.
 *
 * <p>Source: Lu et al. 2022a appendix D.3 (fast); official {@code dpm_solver_pytorch.py} and {@code
 * dpm_solver_pp.py} sample.
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
    var formula = new SingleStepFormula(schedule, solver.algorithm().form(), solver.expansion());
    LinearForm x = builder.initial();
    int at = 0;
    for (int order : orders) {
      int next = at + (fine ? order : 1);
      double[] times =
          fine
              ? Arrays.copyOfRange(grid, at, next + 1)
              : TimeGrid.UNIFORM_LOG_SNR.nodes(schedule, grid[at], grid[next], order);
      x = builder.endStep(formula.write(builder, x, times).state(), grid[next]);
      at = next;
    }
    return x;
  }
}

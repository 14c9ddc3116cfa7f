package io.uvit.graph.sampler;

import io.uvit.graph.diffusion.NoiseSchedule;

/**
 * Everything but the schedule that determines a {@link SolverTableau}.
 *
 * @param steps budget of network evaluations, >= 1 (a final denoising is one more)
 * @param startTime time of the initial noise, at most the schedule's {@code maxTime()}
 * @param endTime time at which the grid ends, > 0
 * @param denoiseToZero whether the result is the estimate of x0 at {@code endTime} by one more
 *     evaluation, instead of the state there
 */
public record SolverSpec(
    Solver solver,
    TimeGrid grid,
    int steps,
    double startTime,
    double endTime,
    boolean denoiseToZero) {

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if steps &lt; 1, not 0 &lt; endTime &lt; startTime, or a
   *     denoising is asked for that ends at 0 anyway
   */
  public SolverSpec {
    if (steps < 1) {
      throw new IllegalArgumentException("sample.steps: found " + steps + ", wanted at least 1");
    }
    if (!(endTime > 0 && endTime < startTime)) {
      throw new IllegalArgumentException(
          "solver: found start time "
              + startTime
              + ", end time "
              + endTime
              + ", wanted 0 < end < start");
    }
    if (solver instanceof Solver.EulerMaruyama && denoiseToZero) {
      throw new IllegalArgumentException(
          "solver: Euler-Maruyama ends at time 0 already, found denoise_to_zero, wanted none");
    }
  }

  /** The same solver with another budget. */
  public SolverSpec withSteps(int newSteps) {
    return new SolverSpec(solver, grid, newSteps, startTime, endTime, denoiseToZero);
  }

  /** The same solver ending with an estimate of x0. */
  public SolverSpec withDenoiseToZero() {
    return new SolverSpec(solver, grid, steps, startTime, endTime, true);
  }

  /**
   * The official setting of a solver of the experiment schema.
   *
   * <ul>
   *   <li>Euler-Maruyama: uniform time from the schedule's start to 1e-3, then 0 (eval.py).
   *   <li>DPM-Solver-fast: order 3, uniform log-SNR, ends at 1e-4 (eval.py) or the first discrete
   *       step.
   *   <li>DPM-Solver++ fast: order 3, uniform time, ends at 1e-3 (eval_ldm_discrete.py) or the
   *       first discrete step.
   *   <li>DPM-Solver++(2M): ends at 1e-3 or the first discrete step; uniform time for discrete
   *       schedules, uniform log-SNR for continuous ones, whose uniform-time grid is too coarse
   *       near t = 0.
   * </ul>
   *
   * @throws IllegalArgumentException if the solver is unset
   */
  public static SolverSpec preset(
      io.uvit.config.v1.Solver solver, int steps, NoiseSchedule schedule) {
    return switch (solver) {
      case EULER_MARUYAMA_SDE ->
          ending(1e-3, new Solver.EulerMaruyama(true), TimeGrid.UNIFORM_TIME, steps, schedule);
      case EULER_MARUYAMA_ODE ->
          ending(1e-3, new Solver.EulerMaruyama(false), TimeGrid.UNIFORM_TIME, steps, schedule);
      case DPM_SOLVER_FAST -> {
        var fast = fast(Solver.Algorithm.DPM_SOLVER, Solver.Nodes.GRID_OF_STEPS);
        yield ending(1e-4, fast, TimeGrid.UNIFORM_LOG_SNR, steps, schedule);
      }
      case DPM_SOLVER_PP_FAST -> {
        var fast = fast(Solver.Algorithm.DPM_SOLVER_PP, Solver.Nodes.GRID_OF_EVALUATIONS);
        yield ending(1e-3, fast, TimeGrid.UNIFORM_TIME, steps, schedule);
      }
      case DPM_SOLVER_PP_2M -> {
        var multistep =
            new Solver.Multistep(
                Solver.Algorithm.DPM_SOLVER_PP, 2, Solver.Expansion.DPM_SOLVER, true);
        TimeGrid grid = schedule.minTime() > 0 ? TimeGrid.UNIFORM_TIME : TimeGrid.UNIFORM_LOG_SNR;
        yield ending(1e-3, multistep, grid, steps, schedule);
      }
      case SOLVER_UNSPECIFIED, UNRECOGNIZED ->
          throw new IllegalArgumentException(
              "sample.solver: found " + solver + ", wanted a solver's name");
    };
  }

  private static Solver fast(Solver.Algorithm algorithm, Solver.Nodes nodes) {
    return new Solver.SingleStep(
        algorithm, 3, Solver.Expansion.DPM_SOLVER, Solver.OrderPlan.MIXED, nodes);
  }

  private static SolverSpec ending(
      double endTime, Solver solver, TimeGrid grid, int steps, NoiseSchedule schedule) {
    double end = schedule.minTime() > 0 ? schedule.minTime() : endTime;
    return new SolverSpec(solver, grid, steps, schedule.maxTime(), end, false);
  }
}

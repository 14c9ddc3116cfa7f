package io.uvit.graph.sampler;

/**
 * A family of solvers of the reverse diffusion and its options; what remains open is the grid and
 * the step count.
 */
public sealed interface Solver {

  /** Which quantity an exponential integrator holds constant or fits a polynomial to. */
  enum Algorithm {
    /** Noise (Lu et al. 2022a, DPM-Solver; order 1 is DDIM). */
    DPM_SOLVER(ModelOutput.NOISE),
    /** The clean image (Lu et al. 2022b, DPM-Solver++). */
    DPM_SOLVER_PP(ModelOutput.X0);

    private final ModelOutput form;

    Algorithm(ModelOutput form) {
      this.form = form;
    }

    ModelOutput form() {
      return form;
    }
  }

  /**
   * How differences of model outputs enter a step of order 2 or 3 (official {@code solver_type}).
   */
  enum Expansion {
    /** The papers' coefficients, {@code dpm_solver}. */
    DPM_SOLVER,
    /** The Taylor expansion, {@code taylor}. */
    TAYLOR
  }

  /** How an evaluation budget is split into singlestep steps. */
  enum OrderPlan {
    /**
     * {@code steps / order} steps of full order; a remainder of the budget is not used, as
     * officially.
     */
    FIXED,
    /**
     * As many full steps as fit, then lower ones, so that exactly the budget is used
     * (DPM-Solver-fast).
     */
    MIXED
  }

  /** Where a singlestep solver's evaluations lie. */
  enum Nodes {
    /**
     * The grid has one interval a step; inner evaluations lie evenly in log-SNR (r = 1/2, or 1/3
     * and 2/3).
     */
    GRID_OF_STEPS,
    /** The grid has one interval an evaluation; a step of order k spans k intervals of it. */
    GRID_OF_EVALUATIONS
  }

  /**
   * DPM-Solver(++) steps that forget what came before them.
   *
   * @param order 1, 2 or 3
   */
  record SingleStep(
      Algorithm algorithm, int order, Expansion expansion, OrderPlan plan, Nodes nodes)
      implements Solver {
    /**
     * Checks the order.
     *
     * @throws IllegalArgumentException if it is not 1, 2 or 3
     */
    public SingleStep {
      checkOrder("singlestep solver", order);
    }
  }

  /**
   * DPM-Solver(++) steps that reuse the outputs of earlier steps, one evaluation each; order 2 of
   * DPM_SOLVER_PP is the one known as 2M, order 3 as 3M.
   *
   * <p>The official 3M ({@link Expansion#DPM_SOLVER}; its {@code solver_type} is ignored) halves
   * the second derivative and so converges with order 2 only. {@link Expansion#TAYLOR} does not.
   *
   * @param order 1, 2 or 3
   * @param lowerOrderFinal whether runs of fewer than 10 steps end with steps of order 2 and 1
   */
  record Multistep(Algorithm algorithm, int order, Expansion expansion, boolean lowerOrderFinal)
      implements Solver {
    /**
     * Step counts below this end with lower orders, if asked for (official {@code
     * lower_order_final}).
     */
    static final int LOWER_ORDER_FINAL_BELOW = 10;

    /**
     * Checks the order.
     *
     * @throws IllegalArgumentException if it is not 1, 2 or 3
     */
    public Multistep {
      checkOrder("multistep solver", order);
    }
  }

  /**
   * Euler-Maruyama on the reverse SDE, or Euler on the probability-flow ODE, ending with a
   * noiseless move from the end time to 0 (official {@code sde.py} euler_maruyama). One evaluation
   * a move, at least 2: with one the official code starts the only move at the end time.
   *
   * @param stochastic reverse SDE if true, ODE if false
   */
  record EulerMaruyama(boolean stochastic) implements Solver {}

  private static void checkOrder(String what, int order) {
    if (order < 1 || order > 3) {
      throw new IllegalArgumentException(what + ": found order " + order + ", wanted 1, 2 or 3");
    }
  }
}

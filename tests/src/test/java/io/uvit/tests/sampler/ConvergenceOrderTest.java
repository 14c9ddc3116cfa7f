package io.uvit.tests.sampler;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.uvit.graph.diffusion.NoiseSchedule;
import io.uvit.graph.diffusion.VpLinear;
import io.uvit.graph.sampler.ModelOutput;
import io.uvit.graph.sampler.Solver;
import io.uvit.graph.sampler.Solver.Algorithm;
import io.uvit.graph.sampler.Solver.Expansion;
import io.uvit.graph.sampler.Solver.Nodes;
import io.uvit.graph.sampler.Solver.OrderPlan;
import io.uvit.graph.sampler.SolverLoop;
import io.uvit.graph.sampler.SolverSpec;
import io.uvit.graph.sampler.SolverTableau;
import io.uvit.graph.sampler.TimeGrid;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * An order-k solver's error on Gaussian data falls with the k-th power of the step, over a factor
 * of 4 in the step. (Multistep solvers start with a step of order 1, which is all that is left of
 * their error for far smaller steps.)
 */
class ConvergenceOrderTest {
  private static final NoiseSchedule SCHEDULE = VpLinear.OFFICIAL;
  private static final GaussianData DATA =
      new GaussianData(new double[] {0.7, -0.3, 0.1}, new double[] {0.25, 1.7, 0.04});
  private static final double[] START = {1.0, -0.5, 0.25};
  private static final double END = 1e-2;

  private static double error(Solver solver, TimeGrid grid, int steps) {
    boolean euler = solver instanceof Solver.EulerMaruyama;
    double end = euler ? 1.0 / steps : END; // Euler's last move goes on to 0
    SolverSpec spec = new SolverSpec(solver, grid, steps, 1, end, false);
    double[] found =
        SolverLoop.ofDouble()
            .run(SolverTableau.build(spec, SCHEDULE, ModelOutput.NOISE), START, DATA::noise);
    double[] exact = DATA.exact(SCHEDULE, START, 1, euler ? 0 : END);
    double sum = 0;
    for (int i = 0; i < exact.length; i++) {
      sum += (found[i] - exact[i]) * (found[i] - exact[i]);
    }
    return Math.sqrt(sum);
  }

  private static DynamicTest slope(
      String name, Solver solver, TimeGrid grid, int order, int coarse) {
    return DynamicTest.dynamicTest(
        name,
        () -> {
          double[] error = new double[3];
          for (int i = 0; i < 3; i++) {
            error[i] = error(solver, grid, coarse << i);
          }
          double slope = Math.log(error[0] / error[2]) / Math.log(4);
          System.out.printf("%s: slope %.2f%n", name, slope);
          assertEquals(order, slope, 0.3, name);
        });
  }

  @TestFactory
  List<DynamicTest> slopes() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Algorithm algorithm : Algorithm.values()) {
      for (Expansion expansion : Expansion.values()) {
        for (int order = 1; order <= 3; order++) {
          var single =
              new Solver.SingleStep(
                  algorithm, order, expansion, OrderPlan.FIXED, Nodes.GRID_OF_STEPS);
          tests.add(
              slope(
                  algorithm + " singlestep " + order + " " + expansion,
                  single,
                  TimeGrid.UNIFORM_LOG_SNR,
                  order,
                  60));
          var multi = new Solver.Multistep(algorithm, order, expansion, false);
          // The official 3M has a halved second derivative: order 2.
          int expected = order == 3 && expansion == Expansion.DPM_SOLVER ? 2 : order;
          tests.add(
              slope(
                  algorithm + " multistep " + order + " " + expansion,
                  multi,
                  TimeGrid.UNIFORM_LOG_SNR,
                  expected,
                  160));
        }
      }
    }
    var euler = new Solver.EulerMaruyama(false);
    tests.add(slope("Euler on the probability-flow ODE", euler, TimeGrid.UNIFORM_TIME, 1, 400));
    return tests;
  }
}

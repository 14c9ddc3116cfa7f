package io.uvit.tests.sampler;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonObject;
import io.uvit.graph.diffusion.VpLinear;
import io.uvit.graph.sampler.ModelOutput;
import io.uvit.graph.sampler.Solver;
import io.uvit.graph.sampler.SolverSpec;
import io.uvit.graph.sampler.SolverTableau;
import io.uvit.graph.sampler.TableauRow;
import io.uvit.graph.sampler.TimeGrid;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How the "fast" and upstream singlestep solvers split a budget into orders. */
class OrderPlanGoldenTest {

  private static List<Integer> orders(int steps, int order, Solver.Nodes nodes) {
    Solver solver =
        new Solver.SingleStep(
            Solver.Algorithm.DPM_SOLVER,
            order,
            Solver.Expansion.DPM_SOLVER,
            Solver.OrderPlan.MIXED,
            nodes);
    SolverSpec spec = new SolverSpec(solver, TimeGrid.UNIFORM_LOG_SNR, steps, 1, 1e-3, false);
    List<Integer> orders = new ArrayList<>();
    int evaluations = 0;
    for (TableauRow row : SolverTableau.build(spec, VpLinear.OFFICIAL, ModelOutput.NOISE).rows()) {
      evaluations++;
      if (row.endsStep()) {
        orders.add(evaluations);
        evaluations = 0;
      }
    }
    return orders;
  }

  private static List<Integer> wanted(JsonObject c, String name) {
    return c.getAsJsonArray(name).asList().stream().map(e -> e.getAsInt()).toList();
  }

  @Test
  void everyBudget() {
    try (Fixture f = new Fixture("time_grids", "grids.npz")) {
      int compared = 0;
      for (JsonObject c : f.objects("orders.json")) {
        int steps = c.get("steps").getAsInt();
        for (int order = 1; order <= 3; order++) {
          String name = "upstream_singlestep_order" + order;
          assertEquals(wanted(c, name), orders(steps, order, Solver.Nodes.GRID_OF_EVALUATIONS));
          compared++;
        }
        for (int order = 2; order <= 3; order++) {
          String name = "pp_fast_order" + order;
          assertEquals(wanted(c, name), orders(steps, order, Solver.Nodes.GRID_OF_EVALUATIONS));
          compared++;
        }
        assertEquals(wanted(c, "uvit_fast"), orders(steps, 3, Solver.Nodes.GRID_OF_STEPS));
        compared++;
      }
      assertEquals(300, compared);
      System.out.println("orders: " + compared + " budgets compared");
    }
  }
}

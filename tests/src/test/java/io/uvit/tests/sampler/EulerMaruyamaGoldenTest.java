package io.uvit.tests.sampler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.uvit.graph.diffusion.NoiseSchedule;
import io.uvit.graph.sampler.Denoiser;
import io.uvit.graph.sampler.ModelOutput;
import io.uvit.graph.sampler.NoiseSource;
import io.uvit.graph.sampler.Solver;
import io.uvit.graph.sampler.SolverListener;
import io.uvit.graph.sampler.SolverLoop;
import io.uvit.graph.sampler.SolverSpec;
import io.uvit.graph.sampler.SolverTableau;
import io.uvit.graph.sampler.TableauRow;
import io.uvit.graph.sampler.TimeGrid;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Euler-Maruyama in double against the official sde.py with its recorded noise. */
class EulerMaruyamaGoldenTest {

  private static SolverTableau tableau(JsonObject c) {
    NoiseSchedule schedule = Schedules.named(c.get("process").getAsString());
    Solver solver = new Solver.EulerMaruyama(c.get("kind").getAsString().equals("sde"));
    ModelOutput output =
        c.get("pred").getAsString().equals("x0_pred") ? ModelOutput.X0 : ModelOutput.NOISE;
    SolverSpec spec =
        new SolverSpec(
            solver,
            TimeGrid.UNIFORM_TIME,
            c.get("steps").getAsInt(),
            c.get("T").getAsDouble(),
            c.get("eps").getAsDouble(),
            false);
    return SolverTableau.build(spec, schedule, output);
  }

  private static List<double[]> run(Fixture f, String id, SolverTableau tableau) {
    GaussianData data = GaussianData.of(f);
    Denoiser<double[]> network = tableau.output() == ModelOutput.X0 ? data::clean : data::noise;
    double[] start = f.doubles("x_T");
    NoiseSource<double[]> noise =
        (k, z) -> System.arraycopy(f.slice(id + ".noise", k, z.length), 0, z, 0, z.length);
    List<double[]> states = new ArrayList<>(List.of(start));
    SolverListener<double[]> listener =
        new SolverListener<>() {
          @Override
          public boolean updated(TableauRow row, double[] state) {
            return states.add(state.clone());
          }
        };
    assertTrue(SolverLoop.ofDouble().run(tableau, start, network, noise, listener).isPresent());
    return states;
  }

  @Test
  void everyCase() {
    try (Fixture f = new Fixture("sampler_euler_maruyama", "trajectories.npz")) {
      int compared = 0;
      for (JsonObject c : f.objects("cases.json")) {
        String id = c.get("id").getAsString();
        SolverTableau tableau = tableau(c);
        List<double[]> states = run(f, id, tableau);
        int steps = c.get("steps").getAsInt();
        assertEquals(steps, tableau.evaluations());
        assertEquals(1, tableau.registers());
        assertEquals(steps + 1, states.size());
        for (int k = 0; k <= steps; k++) {
          double[] found = states.get(k);
          double[] wanted = f.slice(id + ".traj", k, found.length);
          for (int i = 0; i < found.length; i++) {
            double tolerance = 1e-9 + 1e-9 * Math.abs(wanted[i]);
            assertEquals(wanted[i], found[i], tolerance, "state " + k + " of " + c);
          }
        }
        compared++;
      }
      assertEquals(32, compared);
      System.out.println("sampler_euler_maruyama: " + compared + " of 32 cases compared");
    }
  }

  /**
   * Official defect (specification section 11, number 14): with one step the official code starts
   * its only move at eps. Ours refuses.
   */
  @Test
  void oneStepIsRefused() {
    SolverSpec spec =
        new SolverSpec(new Solver.EulerMaruyama(true), TimeGrid.UNIFORM_TIME, 1, 1, 1e-3, false);
    var refusal =
        assertThrows(
            IllegalArgumentException.class,
            () -> SolverTableau.build(spec, Schedules.named("linear"), ModelOutput.NOISE));
    assertTrue(refusal.getMessage().contains("found 1"), refusal.getMessage());
    assertEquals(
        2,
        SolverTableau.build(spec.withSteps(2), Schedules.named("linear"), ModelOutput.NOISE)
            .evaluations());
  }
}

package io.uvit.tests.sampler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.uvit.graph.diffusion.Discrete;
import io.uvit.graph.diffusion.NoiseSchedule;
import io.uvit.graph.diffusion.VpLinear;
import io.uvit.graph.sampler.ClassifierFreeGuidance;
import io.uvit.graph.sampler.Denoiser;
import io.uvit.graph.sampler.DynamicThresholding;
import io.uvit.graph.sampler.Evaluation;
import io.uvit.graph.sampler.ModelOutput;
import io.uvit.graph.sampler.NoiseSource;
import io.uvit.graph.sampler.Solver;
import io.uvit.graph.sampler.Solver.Algorithm;
import io.uvit.graph.sampler.Solver.Expansion;
import io.uvit.graph.sampler.Solver.Nodes;
import io.uvit.graph.sampler.Solver.OrderPlan;
import io.uvit.graph.sampler.SolverListener;
import io.uvit.graph.sampler.SolverLoop;
import io.uvit.graph.sampler.SolverSpec;
import io.uvit.graph.sampler.SolverTableau;
import io.uvit.graph.sampler.StateArithmetic;
import io.uvit.graph.sampler.TableauRow;
import io.uvit.graph.sampler.TimeGrid;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

/**
 * The official evaluation paths on the tiny networks: float32 network and float32 states against
 * the official float64 runs, every outer step.
 */
class NetworkSamplerGoldenTest {
  private static final StateArithmetic<float[]> FLOAT = StateArithmetic.FLOAT;
  private static final int NULL_LABEL = 10;

  /** How a case is run: the schedule, the solver and the official code's way to feed the time. */
  private record Setting(
      NoiseSchedule schedule, SolverSpec spec, ToDoubleFunction<Evaluation> networkTime) {

    static Setting of(NoiseSchedule schedule, SolverSpec spec) {
      return new Setting(schedule, spec, Evaluation::networkTime);
    }
  }

  private static Setting setting(String id, int steps, JsonObject c) {
    NoiseSchedule linear = VpLinear.OFFICIAL;
    NoiseSchedule discrete = Discrete.stableDiffusion();
    String kind = id.replaceAll("\\d+$", "");
    return switch (kind) {
      case "uncond_fast", "cfg_fast" ->
          preset(io.uvit.config.v1.Solver.DPM_SOLVER_FAST, steps, linear);
      case "ldm_discrete", "t2i" ->
          preset(io.uvit.config.v1.Solver.DPM_SOLVER_PP_FAST, steps, discrete);
      case "em_sde", "em_cfg" -> preset(io.uvit.config.v1.Solver.EULER_MARUYAMA_SDE, steps, linear);
      case "em_ode" -> preset(io.uvit.config.v1.Solver.EULER_MARUYAMA_ODE, steps, linear);
      case "threshold" -> preset(io.uvit.config.v1.Solver.DPM_SOLVER_PP_FAST, steps, linear);
      case "time_type" -> {
        var solver =
            new Solver.SingleStep(
                Algorithm.DPM_SOLVER,
                2,
                Expansion.DPM_SOLVER,
                OrderPlan.FIXED,
                Nodes.GRID_OF_STEPS);
        ToDoubleFunction<Evaluation> time =
            id.endsWith("1") ? at -> 1000 * Math.max(at.time() - 1e-3, 0) : at -> 999 * at.time();
        SolverSpec spec = new SolverSpec(solver, TimeGrid.UNIFORM_LOG_SNR, steps, 1, 1e-3, false);
        yield new Setting(discrete, spec, time);
      }
      default -> new Setting(discrete, upstream(c, steps), at -> 1000 * (at.time() - 1e-3));
    };
  }

  private static Setting preset(
      io.uvit.config.v1.Solver solver, int steps, NoiseSchedule schedule) {
    return Setting.of(schedule, SolverSpec.preset(solver, steps, schedule));
  }

  private static SolverSpec upstream(JsonObject c, int steps) {
    Algorithm algorithm =
        c.get("algorithm").getAsString().equals("dpmsolver++")
            ? Algorithm.DPM_SOLVER_PP
            : Algorithm.DPM_SOLVER;
    int order = c.get("order").getAsInt();
    Solver solver =
        c.get("method").getAsString().equals("multistep")
            ? new Solver.Multistep(algorithm, order, Expansion.DPM_SOLVER, true)
            : new Solver.SingleStep(
                algorithm, order, Expansion.DPM_SOLVER, OrderPlan.MIXED, Nodes.GRID_OF_EVALUATIONS);
    return new SolverSpec(solver, TimeGrid.UNIFORM_TIME, steps, 1, 1e-3, false);
  }

  private static Denoiser<float[]> guided(
      GoldenNetwork net, Fixture f, JsonObject c, ToDoubleFunction<Evaluation> time) {
    String kind = c.get("net").getAsString();
    if (kind.equals("uvit_uncond")) {
      return net.denoiser(null, null, time);
    }
    Denoiser<float[]> conditional;
    Denoiser<float[]> unconditional;
    if (kind.equals("uvit_t2i")) {
      float[] empty = f.floats("empty_context");
      float[] twice = Arrays.copyOf(empty, 2 * empty.length);
      System.arraycopy(empty, 0, twice, empty.length, empty.length);
      conditional = net.denoiser(null, f.floats("context"), time);
      unconditional = net.denoiser(null, twice, time);
    } else {
      double[] y = f.doubles("y");
      conditional = net.denoiser(new int[] {(int) y[0], (int) y[1]}, null, time);
      unconditional = net.denoiser(new int[] {NULL_LABEL, NULL_LABEL}, null, time);
    }
    ClassifierFreeGuidance guidance =
        c.has("guidance_scale")
            ? new ClassifierFreeGuidance(c.get("guidance_scale").getAsDouble())
            : ClassifierFreeGuidance.ofOfficialScale(c.get("scale").getAsDouble());
    return guidance.guide(
        FLOAT,
        (x, at, with, without) -> {
          conditional.predict(x, at, with);
          unconditional.predict(x, at, without);
        });
  }

  private record Run(List<float[]> states, List<Double> times) {}

  private static Run run(GoldenNetwork net, Fixture f, JsonObject c) {
    String id = c.get("id").getAsString();
    Setting setting = setting(id, c.get("steps").getAsInt(), c);
    float[] start = f.floats(id.startsWith("t2i") ? "x_T_latent" : "x_T");
    Denoiser<float[]> denoiser = guided(net, f, c, setting.networkTime);
    ModelOutput output = ModelOutput.NOISE;
    if (id.equals("threshold")) {
      var thresholding = new DynamicThresholding(DynamicThresholding.OFFICIAL_QUANTILE, 1, 1);
      denoiser = thresholding.apply(FLOAT, denoiser, output, start.length / 2);
      output = ModelOutput.X0;
    }
    SolverTableau tableau = SolverTableau.build(setting.spec, setting.schedule, output);
    NoiseSource<float[]> noise =
        (k, z) -> System.arraycopy(f.floats(id + ".noise"), k * z.length, z, 0, z.length);
    Run run = new Run(new ArrayList<>(), new ArrayList<>());
    run.states.add(start);
    run.times.add(setting.spec.startTime());
    SolverListener<float[]> listener =
        new SolverListener<>() {
          @Override
          public boolean updated(TableauRow row, float[] state) {
            if (row.endsStep()) {
              run.states.add(state.clone());
              run.times.add(row.nextTime());
            }
            return true;
          }
        };
    assertTrue(SolverLoop.ofFloat().run(tableau, start, denoiser, noise, listener).isPresent());
    return run;
  }

  /** Compares every outer step; the worst difference relative to max_abs. */
  private static double compare(Fixture f, JsonObject c, Run run) {
    String id = c.get("id").getAsString();
    if (f.has(id + ".times")) {
      double[] times = run.times.stream().mapToDouble(v -> v).toArray();
      assertArrayEquals(f.doubles(id + ".times"), times, 1e-9, id);
    }
    double maxAbs = c.get("max_abs").getAsDouble();
    double tolerance =
        Math.min(20 * Math.max(c.get("f32_f64").getAsDouble(), 1e-6 * maxAbs), 1e-3 * maxAbs);
    int length = run.states.get(0).length;
    assertEquals(f.doubles(id + ".traj_f64").length, length * run.states.size(), id);
    double worst = 0;
    for (int k = 0; k < run.states.size(); k++) {
      double[] wanted = f.slice(id + ".traj_f64", k, length);
      for (int i = 0; i < length; i++) {
        worst = Math.max(worst, Math.abs(wanted[i] - run.states.get(k)[i]));
      }
    }
    assertTrue(
        worst <= tolerance, id + ": worst difference " + worst + ", wanted at most " + tolerance);
    return worst / maxAbs;
  }

  @Test
  void everyCase() {
    try (Fixture f = new Fixture("sampler_net", "trajectories.npz")) {
      int compared = 0;
      for (String name : List.of("uvit_uncond", "uvit_cond", "uvit_t2i")) {
        try (GoldenNetwork net = new GoldenNetwork(name)) {
          for (JsonObject c : f.objects("cases.json")) {
            if (c.get("net").getAsString().equals(name)) {
              double worst = compare(f, c, run(net, f, c));
              System.out.printf(
                  "sampler_net %s: worst %.1e of max_abs%n", c.get("id").getAsString(), worst);
              compared++;
            }
          }
        }
      }
      assertEquals(20, compared);
      System.out.println("sampler_net: " + compared + " of 20 cases compared");
    }
  }
}

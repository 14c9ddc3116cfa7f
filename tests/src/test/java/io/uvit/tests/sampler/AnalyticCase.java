package io.uvit.tests.sampler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonObject;
import io.uvit.graph.diffusion.NoiseSchedule;
import io.uvit.graph.sampler.AdaptiveSolver;
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
import java.util.List;

/** One recorded run of an official solver on Gaussian data, and the same run by ours. */
record AnalyticCase(String code, JsonObject json) {
  private static final int IMAGE = 6; // elements of one of the two images

  String id() {
    return text("id");
  }

  String text(String field) {
    return json.get(field).getAsString();
  }

  boolean flag(String field) {
    return json.has(field) && json.get(field).getAsBoolean();
  }

  boolean adaptive() {
    return text("method").equals("adaptive");
  }

  boolean dataPrediction() {
    return text("algorithm").equals("dpmsolver++");
  }

  NoiseSchedule schedule() {
    return Schedules.named(text("schedule"));
  }

  TimeGrid grid() {
    boolean officialFast = code.equals("uvit") && text("method").equals("fast");
    return officialFast
        ? TimeGrid.UNIFORM_LOG_SNR // whatever the skip_type says
        : TimeGridGoldenTest.grid(code, text("skip_type"));
  }

  SolverSpec spec() {
    return new SolverSpec(
        solver(),
        grid(),
        json.get("steps").getAsInt(),
        schedule().maxTime(),
        json.get("t_end").getAsDouble(),
        flag("denoise"));
  }

  private Solver solver() {
    Algorithm algorithm = dataPrediction() ? Algorithm.DPM_SOLVER_PP : Algorithm.DPM_SOLVER;
    Expansion expansion =
        text("solver_type").equals("taylor") ? Expansion.TAYLOR : Expansion.DPM_SOLVER;
    int order = json.get("order").getAsInt();
    return switch (code + " " + text("method")) {
      case "pp singlestep", "uvit singlestep" ->
          new Solver.SingleStep(algorithm, order, expansion, OrderPlan.FIXED, Nodes.GRID_OF_STEPS);
      case "upstream singlestep_fixed" ->
          new Solver.SingleStep(
              algorithm, order, expansion, OrderPlan.FIXED, Nodes.GRID_OF_EVALUATIONS);
      case "uvit fast" ->
          new Solver.SingleStep(algorithm, order, expansion, OrderPlan.MIXED, Nodes.GRID_OF_STEPS);
      case "pp fast" ->
          new Solver.SingleStep(
              algorithm, order, expansion, OrderPlan.MIXED, Nodes.GRID_OF_EVALUATIONS);
      case "upstream singlestep" ->
          new Solver.SingleStep(
              algorithm,
              order,
              expansion,
              OrderPlan.MIXED,
              text("skip_type").equals("logSNR") ? Nodes.GRID_OF_STEPS : Nodes.GRID_OF_EVALUATIONS);
      case "pp multistep", "upstream multistep" ->
          new Solver.Multistep(
              algorithm,
              order,
              order == 3 ? Expansion.DPM_SOLVER : expansion, // order 3 has one formula officially
              flag("lower_order_final"));
      default -> throw new IllegalArgumentException(code + " " + text("method"));
    };
  }

  /** What a run did. */
  record Run(
      double[] result, List<double[]> states, List<Double> times, List<Double> evaluatedAt) {}

  Run run(Fixture fixture) {
    GaussianData data = GaussianData.of(fixture);
    Denoiser<double[]> network = data::noise;
    ModelOutput output = ModelOutput.NOISE;
    if (flag("thresholding")) {
      network = thresholding().apply(StateArithmetic.DOUBLE, network, output, IMAGE);
      output = ModelOutput.X0;
    }
    double[] start = fixture.doubles("x_T");
    SolverTableau tableau = SolverTableau.build(spec(), schedule(), output);
    Run run =
        new Run(new double[start.length], new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    run.states.add(start);
    run.times.add(tableau.rows().get(0).evaluation().time());
    Denoiser<double[]> recorded = recording(network, run.evaluatedAt);
    double[] result =
        SolverLoop.ofDouble()
            .run(tableau, start, recorded, NoiseSource.none(), stepsInto(run))
            .orElseThrow();
    System.arraycopy(result, 0, run.result, 0, result.length);
    return run;
  }

  private static Denoiser<double[]> recording(Denoiser<double[]> network, List<Double> times) {
    return (x, at, out) -> {
      times.add(at.time());
      network.predict(x, at, out);
    };
  }

  private static SolverListener<double[]> stepsInto(Run run) {
    return new SolverListener<>() {
      @Override
      public boolean updated(TableauRow row, double[] state) {
        if (row.endsStep()) {
          run.states.add(state.clone());
          run.times.add(row.nextTime());
        }
        return true;
      }
    };
  }

  private DynamicThresholding thresholding() {
    double max = json.get("max_val").getAsDouble();
    return code.equals("upstream")
        ? new DynamicThresholding(DynamicThresholding.OFFICIAL_QUANTILE, max, 1)
        : new DynamicThresholding(DynamicThresholding.OFFICIAL_QUANTILE, 1, max);
  }

  /** What an adaptive run did. */
  record AdaptiveRun(double[] result, List<Double> evaluatedAt, List<double[]> inputs) {}

  AdaptiveRun runAdaptive(Fixture fixture) {
    GaussianData data = GaussianData.of(fixture);
    AdaptiveSolver solver =
        new AdaptiveSolver(
            dataPrediction() ? Algorithm.DPM_SOLVER_PP : Algorithm.DPM_SOLVER,
            json.get("order").getAsInt(),
            text("solver_type").equals("taylor") ? Expansion.TAYLOR : Expansion.DPM_SOLVER,
            schedule().maxTime(),
            json.get("t_end").getAsDouble(),
            AdaptiveSolver.OFFICIAL_ABSOLUTE,
            AdaptiveSolver.OFFICIAL_RELATIVE);
    List<Double> times = new ArrayList<>();
    List<double[]> inputs = new ArrayList<>();
    Denoiser<double[]> network =
        (x, at, out) -> {
          assertEquals(inputs.size(), at.index());
          times.add(at.time());
          inputs.add(x.clone());
          data.noise(x, at, out);
        };
    double[] result =
        solver
            .run(
                StateArithmetic.DOUBLE,
                schedule(),
                ModelOutput.NOISE,
                fixture.doubles("x_T"),
                IMAGE,
                network,
                SolverListener.none())
            .orElseThrow();
    return new AdaptiveRun(result, times, inputs);
  }

  /**
   * Compares the inputs and times of every evaluation, rejected steps included, and the result.
   *
   * <p>The length of the second step follows from the difference of two nearly equal states: the
   * official code forms it with 8 digits left, and its own rounding shows as up to 5e-8 in the
   * times that follow. Ours forms it from the model outputs.
   */
  void compareAdaptive(Fixture fixture) {
    AdaptiveRun run = runAdaptive(fixture);
    assertEquals(json.get("nfe").getAsInt(), run.evaluatedAt.size(), "evaluations of " + this);
    double[] times = fixture.doubles(id() + ".model_t");
    for (int k = 0; k < times.length; k++) {
      assertEquals(times[k], run.evaluatedAt.get(k), 1e-7, "time " + k + " of " + this);
      double[] wanted = fixture.slice(id() + ".model_x", k, run.result.length);
      assertArrayEquals(wanted, run.inputs.get(k), 2e-7, "input " + k + " of " + this);
    }
    assertArrayEquals(fixture.doubles(id() + ".final"), run.result, 5e-8, "result of " + this);
  }

  /** Compares everything recorded but the final value. */
  void compareSteps(Fixture fixture, Run run) {
    double[] evaluatedAt = run.evaluatedAt.stream().mapToDouble(v -> v).toArray();
    assertEquals(json.get("nfe").getAsInt(), evaluatedAt.length, "evaluations of " + this);
    assertArrayEquals(
        fixture.doubles(id() + ".model_t"), evaluatedAt, tolerance() / 10, "times of " + this);
    double[] times = fixture.doubles(id() + ".times");
    int length = run.result.length;
    assertEquals(times.length + (flag("denoise") ? 1 : 0), run.states.size(), "steps of " + this);
    for (int k = 0; k < times.length; k++) {
      assertEquals(
          times[k], run.times.get(k), tolerance() / 10, "time of step " + k + " of " + this);
      assertArrayEquals(
          fixture.slice(id() + ".traj", k, length),
          run.states.get(k),
          tolerance(),
          "state " + k + " of " + this);
    }
  }

  double tolerance() {
    return grid() == TimeGrid.QUADRATIC_TABLE ? 1e-5 : 1e-8;
  }

  /** The time of the last evaluation as a solver sees it. */
  Evaluation atEnd() {
    double t = json.get("t_end").getAsDouble();
    return new Evaluation(
        0, t, schedule().networkTime(t), schedule().alpha(t), schedule().sigma(t));
  }
}

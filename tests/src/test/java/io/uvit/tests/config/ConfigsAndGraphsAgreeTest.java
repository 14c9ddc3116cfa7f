package io.uvit.tests.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.BundledConfigs;
import io.uvit.config.ConfigDefaults;
import io.uvit.config.ConfigLoader;
import io.uvit.config.v1.Diffusion;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Sample;
import io.uvit.graph.diffusion.Discrete;
import io.uvit.graph.diffusion.NoiseSchedule;
import io.uvit.graph.diffusion.VpCosine;
import io.uvit.graph.diffusion.VpLinear;
import io.uvit.graph.model.UViTConfig;
import io.uvit.graph.sampler.ModelOutput;
import io.uvit.graph.sampler.SolverSpec;
import io.uvit.graph.sampler.SolverTableau;
import io.uvit.graph.sampler.TableauRow;
import io.uvit.runner.data.Datasets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever passes validation is accepted by the schedules, solvers and networks it describes. */
class ConfigsAndGraphsAgreeTest {

  static Stream<String> bundled() {
    return BundledConfigs.names().stream();
  }

  @Test
  void absentFieldsMeanTheSameOnBothSides() {
    Diffusion vpLinear = filled("diffusion.vp_linear={}").getDiffusion();
    assertEquals(VpLinear.OFFICIAL, NoiseSchedule.of(vpLinear));
    Diffusion vpCosine = filled("diffusion.vp_cosine={}").getDiffusion();
    assertEquals(VpCosine.OFFICIAL, NoiseSchedule.of(vpCosine));
    var discrete = filled("diffusion.discrete={}").getDiffusion().getDiscrete();
    assertEquals(Discrete.OFFICIAL_STEPS, discrete.getNumSteps());
    assertEquals(Discrete.OFFICIAL_BETA_START, discrete.getBetaStart());
    assertEquals(Discrete.OFFICIAL_BETA_END, discrete.getBetaEnd());
    assertEquals(Datasets.DEFAULT_MAX_PIXELS, ConfigDefaults.MAX_PIXELS);
  }

  @ParameterizedTest
  @MethodSource("bundled")
  void everyBundledConfigCanBeBuilt(String name) {
    Experiment experiment = ConfigLoader.load(name, List.of());
    assertNotNull(UViTConfig.of(experiment.getModel()));
    tableau(experiment.getDiffusion(), experiment.getSample());
    tableau(experiment.getDiffusion(), experiment.getTrain().getPreview());
  }

  /** The edges of what the validator lets through. */
  @ParameterizedTest
  @CsvSource({
    "diffusion.vp_linear={ beta_min: 0.1 beta_max: 0.1 }, true",
    "diffusion.vp_linear={ beta_min: 1e-6 beta_max: 40 }, true",
    "diffusion.vp_cosine={ s: 1e-6 }, true",
    "diffusion.vp_cosine={ s: 1 }, true",
    "diffusion.discrete={ num_steps: 2 }, false",
    "diffusion.discrete={ beta_start: 0.5 beta_end: 0.5 }, false",
    "diffusion.discrete={ num_steps: 4000 beta_start: 1e-6 beta_end: 0.1 }, false",
  })
  void everySolverTakesEveryScheduleThatValidates(String schedule, boolean continuous) {
    List<String> solvers =
        new ArrayList<>(List.of("DPM_SOLVER_FAST", "DPM_SOLVER_PP_FAST", "DPM_SOLVER_PP_2M"));
    if (continuous) {
      solvers.addAll(List.of("EULER_MARUYAMA_SDE", "EULER_MARUYAMA_ODE"));
    }
    for (String solver : solvers) {
      for (int steps = solver.startsWith("EULER") ? 2 : 1; steps <= 25; steps++) {
        Experiment experiment =
            filled(schedule, "sample={ solver: " + solver + " }", "sample.steps=" + steps);
        tableau(experiment.getDiffusion(), experiment.getSample());
      }
    }
  }

  private static Experiment filled(String... overrides) {
    List<String> all = new ArrayList<>(List.of("sample.solver=DPM_SOLVER_PP_2M"));
    all.add("train.preview={ solver: DPM_SOLVER_PP_2M }");
    all.addAll(List.of(overrides));
    return ConfigLoader.load("cifar10_uvit_small", all);
  }

  private static void tableau(Diffusion diffusion, Sample sample) {
    NoiseSchedule schedule = NoiseSchedule.of(diffusion);
    SolverSpec spec = SolverSpec.preset(sample.getSolver(), sample.getSteps(), schedule);
    SolverTableau tableau = SolverTableau.build(spec, schedule, ModelOutput.NOISE);
    String what = sample.getSolver() + " with " + sample.getSteps() + " steps of " + schedule;
    assertEquals(sample.getSteps(), tableau.evaluations(), what);
    for (TableauRow row : tableau.rows()) {
      for (int to = 0; to < tableau.registers(); to++) {
        assertTrue(Double.isFinite(row.output(to)) && Double.isFinite(row.noise(to)), what);
        for (int from = 0; from < tableau.registers(); from++) {
          assertTrue(Double.isFinite(row.transition(to, from)), what);
        }
      }
    }
  }
}

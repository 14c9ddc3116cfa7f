package io.uvit.config;

import static io.uvit.config.Configs.MINIMAL;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.uvit.config.v1.AdamW;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Grid;
import io.uvit.config.v1.Labels;
import io.uvit.config.v1.Prediction;
import io.uvit.config.v1.Sample;
import io.uvit.config.v1.Solver;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ConfigDefaultsTest {
  private static Experiment minimal(String... overrides) {
    return ConfigLoader.parse(MINIMAL, "minimal", List.of(overrides));
  }

  @Test
  void everyFieldIsWrittenInExceptThoseWhoseAbsenceMeansSomething() {
    Set<String> absent = new TreeSet<>();
    collectAbsent("", minimal(), absent);
    Set<String> wanted =
        new TreeSet<>(Set.of("latent", "model.qk_scale", "diffusion.min_snr_gamma"));
    for (String section : List.of("sample", "train.preview")) {
      for (String field :
          List.of(
              "grid",
              "start_time",
              "end_time",
              "eta", // the rest only for solvers that have it
              "lower_order_final",
              "absolute_tolerance",
              "relative_tolerance")) {
        wanted.add(section + "." + field);
      }
    }
    assertEquals(wanted, absent);
  }

  private static void collectAbsent(String prefix, Message message, Set<String> into) {
    for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
      String path = prefix + field.getName();
      if (field.getRealContainingOneof() != null && !message.hasField(field)) {
        continue;
      }
      if (field.hasPresence() && !message.hasField(field)) {
        into.add(path);
      } else if (field.getJavaType() == FieldDescriptor.JavaType.ENUM) {
        assertTrue(message.getAllFields().containsKey(field), path + " is unspecified");
      } else if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
        collectAbsent(path + ".", (Message) message.getField(field), into);
      }
    }
  }

  @Test
  void theOfficialValuesAreTheDefaults() {
    Experiment experiment = minimal();
    AdamW adamw = experiment.getTrain().getAdamw();
    assertEquals(1234, experiment.getSeed());
    assertEquals(2e-4, adamw.getLearningRate());
    assertEquals(0.9, adamw.getBeta1());
    assertEquals(0.999, adamw.getBeta2());
    assertEquals(1e-8, adamw.getEpsilon());
    assertEquals(0.03, adamw.getWeightDecay());
    assertEquals(0.9999, experiment.getTrain().getEmaDecay());
    assertEquals(4, experiment.getModel().getMlpRatio());
    assertEquals(0.1, experiment.getDiffusion().getVpLinear().getBetaMin());
    assertEquals(20, experiment.getDiffusion().getVpLinear().getBetaMax());
    assertTrue(experiment.getModel().hasUnconditional());
    assertEquals(Labels.UNLABELLED, experiment.getData().getImageFiles().getLabels());
  }

  @Test
  void trainingTimesAreUniformUnlessSaidOtherwise() {
    assertTrue(minimal().getDiffusion().hasUniformTime());
    var logitNormal = minimal("diffusion.logit_normal_time={ mean: -0.5 }").getDiffusion();
    assertEquals(-0.5, logitNormal.getLogitNormalTime().getMean());
    assertEquals(1, logitNormal.getLogitNormalTime().getStd());
    assertFalse(minimal().getTrain().getEmaWarmup());
    assertEquals(0, minimal().getTrain().getExtraEmaDecaysCount());
  }

  @Test
  void theSolverFollowsTheSchedule() {
    assertEquals(Solver.DPM_SOLVER_FAST, minimal().getSample().getSolver());
    Experiment discrete = minimal("diffusion.discrete={}");
    assertEquals(Solver.DPM_SOLVER_PP_FAST, discrete.getSample().getSolver());
    assertEquals(1000, discrete.getDiffusion().getDiscrete().getNumSteps());
    assertEquals(0.00085, discrete.getDiffusion().getDiscrete().getBetaStart());
    assertEquals(0.0120, discrete.getDiffusion().getDiscrete().getBetaEnd());
    assertEquals(0.008, minimal("diffusion.vp_cosine={}").getDiffusion().getVpCosine().getS());
  }

  @Test
  void thePreviewTakesAfterTheSampleWithinLimits() {
    Sample large =
        minimal("sample={ solver: EULER_MARUYAMA_SDE steps: 1000 count: 50000 batch_size: 500 }")
            .getTrain()
            .getPreview();
    assertEquals(Solver.EULER_MARUYAMA_SDE, large.getSolver());
    assertEquals(50, large.getSteps());
    assertEquals(100, large.getCount());
    assertEquals(100, large.getBatchSize());
    Sample small = minimal("sample={ steps: 7 count: 9 batch_size: 3 }").getTrain().getPreview();
    assertEquals(7, small.getSteps());
    assertEquals(9, small.getCount());
    assertEquals(3, small.getBatchSize());
    Sample own = minimal("sample.steps=7", "train.preview.steps=60").getTrain().getPreview();
    assertEquals(60, own.getSteps());
  }

  @Test
  void solversGetTheOptionsThatTheyHave() {
    assertEquals(0, minimal("sample.solver=DDIM").getSample().getEta());
    assertTrue(minimal("sample.solver=DDIM").getSample().hasEta());
    assertTrue(minimal("sample.solver=UNIPC_BH2_2").getSample().getLowerOrderFinal());
    assertFalse(minimal("sample.solver=HEUN").getSample().hasLowerOrderFinal());
    Sample adaptive = minimal("sample.solver=DPM_SOLVER_PP_23").getSample();
    assertEquals(0.0078, adaptive.getAbsoluteTolerance());
    assertEquals(0.05, adaptive.getRelativeTolerance());
    Sample flow = minimal("diffusion={ rectified_flow {} }").getSample();
    assertEquals(Solver.DPM_SOLVER_PP_2M, flow.getSolver());
    assertEquals(0, flow.getGuidanceStart());
    assertEquals(1, flow.getGuidanceEnd());
  }

  @Test
  void rectifiedFlowPredictsTheFlow() {
    var flow = minimal("diffusion={ rectified_flow {} }").getDiffusion();
    assertEquals(Prediction.FLOW, flow.getPrediction());
    assertEquals(1, flow.getRectifiedFlow().getShift());
    assertEquals(Prediction.NOISE, minimal().getDiffusion().getPrediction());
  }

  /** Options of a solver stay with it; what any solver has goes over to another one. */
  @Test
  void anotherSolverDoesNotInheritWhatBelongsToTheFormer() {
    String ddim = "sample={ solver: DDIM eta: 0.5 grid: KARRAS end_time: 0.01 guidance_end: 0.7 }";
    Sample same = minimal(ddim).getTrain().getPreview();
    assertEquals(0.5, same.getEta());
    assertEquals(Grid.KARRAS, same.getGrid());
    assertEquals(0.01, same.getEndTime());
    Sample other = minimal(ddim, "train.preview.solver=UNIPC_BH1_3").getTrain().getPreview();
    assertFalse(other.hasEta() || other.hasGrid() || other.hasEndTime());
    assertTrue(other.getLowerOrderFinal());
    assertEquals(0.7, other.getGuidanceEnd());
    Sample changed = SampleDefaults.withSolver(minimal(ddim).getSample(), Solver.DPM_SOLVER_12);
    assertFalse(changed.hasEta() || changed.hasGrid() || changed.hasEndTime());
    assertEquals(0.05, changed.getRelativeTolerance());
    assertEquals(
        minimal(ddim).getSample(),
        SampleDefaults.withSolver(minimal(ddim).getSample(), Solver.DDIM));
  }

  @Test
  void theSampleBatchIsNeverLargerThanTheCount() {
    assertEquals(50, minimal().getSample().getBatchSize());
    assertEquals(5, minimal("sample.count=5").getSample().getBatchSize());
  }

  @Test
  void fillingTwiceChangesNothing() {
    Experiment once = ConfigDefaults.fill(Experiment.getDefaultInstance());
    assertEquals(once, ConfigDefaults.fill(once));
    assertEquals(minimal(), ConfigDefaults.fill(minimal()));
  }

  @Test
  void fillingKeepsExplicitZeros() {
    Experiment experiment =
        minimal("seed=0", "train.preview_every=0", "train.ema_decay=0", "model.final_conv=false");
    assertEquals(0, experiment.getSeed());
    assertEquals(0, experiment.getTrain().getPreviewEvery());
    assertEquals(0, experiment.getTrain().getEmaDecay());
    assertFalse(experiment.getModel().getFinalConv());
  }
}

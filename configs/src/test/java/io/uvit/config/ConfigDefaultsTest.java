package io.uvit.config;

import static io.uvit.config.Configs.MINIMAL;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.uvit.config.v1.AdamW;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Labels;
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
    assertEquals(Set.of("latent", "model.qk_scale"), absent);
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

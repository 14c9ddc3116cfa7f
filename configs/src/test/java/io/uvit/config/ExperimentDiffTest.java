package io.uvit.config;

import static io.uvit.config.Configs.MINIMAL;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.uvit.config.v1.Experiment;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExperimentDiffTest {
  private static final Experiment CHECKPOINT = with();

  private static Experiment with(String... overrides) {
    return ConfigLoader.parse(MINIMAL, "minimal", List.of(overrides));
  }

  private static List<String> blocking(Experiment checkpoint, Experiment now) {
    return ExperimentDiff.blocking(checkpoint, now).stream().map(Object::toString).toList();
  }

  private static List<String> harmless(Experiment checkpoint, Experiment now) {
    return ExperimentDiff.harmless(checkpoint, now).stream().map(Object::toString).toList();
  }

  @Test
  void anExperimentDoesNotDifferFromItself() {
    assertEquals(List.of(), ExperimentDiff.differences(CHECKPOINT, CHECKPOINT));
  }

  @Test
  void anUnfilledExperimentEqualsItsFilledSelf() {
    Experiment unfilled = StrictTextParser.parse(MINIMAL, "minimal").build();
    assertEquals(List.of(), ExperimentDiff.differences(unfilled, CHECKPOINT));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "seed=1",
        "model.embed_dim=32",
        "model.qk_scale=0.5",
        "model.skip=NONE",
        "diffusion.vp_linear.beta_max=10",
        "diffusion.prediction=X0",
        "diffusion.min_snr_gamma=5",
        "data.image_files.path=other",
        "data.random_flip=true",
        "data.preprocess=ADM_CENTER_CROP",
        "train.batch_size=8",
        "train.adamw.learning_rate=1e-3",
        "train.warmup_steps=5",
        "train.learning_rate_decay=COSINE",
        "train.grad_clip_norm=1",
        "train.ema_decay=0.5",
        "train.ema_warmup=true",
        "runtime.precision=BFLOAT16",
      })
  void whatMakesTheRunWhatItIsBlocks(String override) {
    Experiment now = with(override);
    List<ExperimentDiff.Difference> blocking = ExperimentDiff.blocking(CHECKPOINT, now);
    assertEquals(1, blocking.size());
    assertEquals(override.substring(0, override.indexOf('=')), blocking.get(0).path());
    assertEquals(List.of(), ExperimentDiff.harmless(CHECKPOINT, now));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "name=other",
        "data.workers=7",
        "data.prefetch_batches=7",
        "data.bad_images=SKIP",
        "data.max_pixels=7",
        "train.steps=20",
        "train.log_every=7",
        "train.preview_every=7",
        "train.checkpoint_every=7",
        "train.keep_last=7",
        "train.keep_every=7",
        "train.max_skipped_updates=7",
        "train.activation_checkpointing=true",
        "train.micro_batch_size=1",
        "train.preview.count=7",
        "sample.count=700",
        "runtime.device=CPU",
        "runtime.intra_op_threads=7",
        "runtime.inter_op_threads=7",
        "runtime.xla=true",
        "runtime.gpu_memory_growth=true",
      })
  void whatDoesNotTouchTheWeightsIsHarmless(String override) {
    Experiment now = with(override);
    assertEquals(List.of(), ExperimentDiff.blocking(CHECKPOINT, now));
    String path = override.substring(0, override.indexOf('='));
    assertEquals(
        1,
        ExperimentDiff.harmless(CHECKPOINT, now).stream()
            .filter(difference -> difference.path().equals(path))
            .count());
  }

  @Test
  void theNumberOfStepsShapesTheCosine() {
    String cosine = "train.learning_rate_decay=COSINE";
    assertEquals(
        List.of("train.steps: this 20, checkpoint 10"),
        blocking(with(cosine), with(cosine, "train.steps=20")));
    assertEquals(
        List.of("train.steps: this 20, checkpoint 10"), harmless(with(), with("train.steps=20")));
  }

  @Test
  void valuesAreShownAsTheConfigWritesThem() {
    assertEquals(
        List.of(
            "model.qk_scale: this 0.5, checkpoint absent",
            "model.skip: this NONE, checkpoint CONCAT",
            "data.image_files.path: this \"Ü\", checkpoint \"images\""),
        blocking(
            CHECKPOINT, with("model.qk_scale=0.5", "model.skip=none", "data.image_files.path=Ü")));
  }

  @Test
  void otherAveragesAndTimesBlock() {
    Experiment.Builder more = CHECKPOINT.toBuilder();
    more.getTrainBuilder().addExtraEmaDecays(0.5).addExtraEmaDecays(0.9);
    assertEquals(
        List.of("train.extra_ema_decays: this [0.5, 0.9], checkpoint absent"),
        blocking(CHECKPOINT, more.build()));
    assertEquals(
        List.of("diffusion.logit_normal_time.std: this 2.0, checkpoint 1.0"),
        blocking(
            with("diffusion.logit_normal_time={}"), with("diffusion.logit_normal_time.std=2")));
  }

  @Test
  void anotherMemberOfAOneofIsOneFieldGoneAndOneCome() {
    List<String> differences =
        blocking(CHECKPOINT, with("diffusion.vp_cosine={}", "sample.solver=DPM_SOLVER_FAST"));
    assertEquals(
        List.of(
            "diffusion.vp_linear: this absent, checkpoint { beta_min: 0.1 beta_max: 20.0 }",
            "diffusion.vp_cosine: this { s: 0.008 }, checkpoint absent"),
        differences);
  }

  @Test
  void fieldsWithoutPresenceShowTheirZero() {
    Experiment none = CHECKPOINT.toBuilder().setName("").build();
    assertEquals(List.of("name: this \"\", checkpoint \"minimal\""), harmless(CHECKPOINT, none));
  }
}

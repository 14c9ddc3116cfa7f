package io.uvit.config;

import static io.uvit.config.Configs.MINIMAL;
import static io.uvit.config.Configs.problems;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.v1.Data;
import io.uvit.config.v1.Diffusion;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.SkipConnection;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigOverridesTest {
  private static Experiment minimal(String... overrides) {
    return ConfigLoader.parse(MINIMAL, "minimal", List.of(overrides));
  }

  @Test
  void everyTypeIsReadByItsField() {
    Experiment experiment =
        minimal(
            "seed=-9223372036854775808",
            "model.depth= 4 ",
            "model.qkv_bias=TRUE",
            "model.skip=none",
            "train.adamw.learning_rate=1E-3",
            "train.adamw.beta1=.5",
            "data.image_files.path= a=b c",
            "train.preview={ steps: 3 count: 2 }");
    assertEquals(Long.MIN_VALUE, experiment.getSeed());
    assertEquals(4, experiment.getModel().getDepth());
    assertTrue(experiment.getModel().getQkvBias());
    assertEquals(SkipConnection.NONE, experiment.getModel().getSkip());
    assertEquals(1e-3, experiment.getTrain().getAdamw().getLearningRate());
    assertEquals(0.5, experiment.getTrain().getAdamw().getBeta1());
    assertEquals(" a=b c", experiment.getData().getImageFiles().getPath());
    assertEquals(3, experiment.getTrain().getPreview().getSteps());
    assertEquals(2, experiment.getTrain().getPreview().getCount());
  }

  @Test
  void aMessageReplacesTheWholeMessage() {
    Experiment experiment = minimal("train.adamw.beta1=0.5", "train.adamw={ beta2: 0.25 }");
    assertEquals(0.9, experiment.getTrain().getAdamw().getBeta1());
    assertEquals(0.25, experiment.getTrain().getAdamw().getBeta2());
  }

  @Test
  void aOneofMemberTakesThePlaceOfTheOther() {
    Experiment whole = minimal("diffusion.discrete={ num_steps: 100 }");
    assertEquals(Diffusion.ScheduleCase.DISCRETE, whole.getDiffusion().getScheduleCase());
    assertEquals(100, whole.getDiffusion().getDiscrete().getNumSteps());
    Experiment below =
        minimal(
            "diffusion.vp_cosine.s=0.01",
            "data.cifar10_binary.path=c",
            "model.image_height=32",
            "model.image_width=32");
    assertEquals(0.01, below.getDiffusion().getVpCosine().getS());
    assertEquals(Data.SourceCase.CIFAR10_BINARY, below.getData().getSourceCase());
    assertFalse(below.getDiffusion().hasVpLinear());
  }

  @Test
  void theLastOverrideOfAFieldWins() {
    assertEquals(7, minimal("train.steps=5", "train.steps=7").getTrain().getSteps());
  }

  @Test
  void meaningIsCheckedOnlyAfterAllAreApplied() {
    Experiment experiment = minimal("model.embed_dim=33", "model.num_heads=3");
    assertEquals(33, experiment.getModel().getEmbedDim());
    assertEquals(
        List.of(
            "model.embed_dim: is not divisible by model.num_heads 2, found 33, wanted a multiple of 2,"
                + " nearest 32 or 34"),
        problems("model.embed_dim=33"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "train.stps=3|train.stps: unknown field, found 'stps', wanted train.steps",
        "modle.depth=2|modle.depth: unknown field, found 'modle', wanted model",
        "train.adamw.lr=1|train.adamw.lr: unknown field, found 'lr', wanted train.adamw.learning_rate or"
            + " train.adamw.beta1 or train.adamw.beta2 or train.adamw.epsilon or train.adamw.weight_decay",
        "model.unconditional.x=3|model.unconditional.x: unknown field, found 'x', wanted no field,"
            + " model.unconditional has none",
        "train.steps.x=3|train.steps.x: train.steps has no fields, found .x, wanted train.steps=value",
        "model..depth=3|model..depth: unknown field, found '', wanted",
        "train.steps|train.steps: is no override, found 'train.steps', wanted path=value",
        "=3|=3: is no override, found '=3', wanted path=value",
        "model.depth=2147483648|model.depth: wrong type of value, found '2147483648', wanted an integer from"
            + " -2147483648 to 2147483647",
        "train.steps=1e3|train.steps: wrong type of value, found '1e3', wanted an integer from",
        "train.steps=|train.steps: wrong type of value, found nothing, wanted an integer",
        "train.ema_decay=nan|train.ema_decay: wrong type of value, found 'nan', wanted a finite number",
        "train.ema_decay=1f|train.ema_decay: wrong type of value, found '1f', wanted a finite number",
        "train.ema_decay=0x1p3|train.ema_decay: wrong type of value, found '0x1p3', wanted a finite number",
        "data.random_flip=yes|data.random_flip: wrong type of value, found 'yes', wanted true or false",
        "model.skip=foo|model.skip: wrong type of value, found 'foo', wanted one of CONCAT, NONE",
        "model.skip=skip_connection_unspecified|model.skip: wrong type of value, found"
            + " 'skip_connection_unspecified', wanted one of CONCAT, NONE",
        "runtime.device=TPU|runtime.device: wrong type of value, found 'TPU', wanted one of AUTO, CPU, GPU",
        "diffusion.vp_linear=3|diffusion.vp_linear: wrong type of value, found '3', wanted a message { ... } of"
            + " type VpLinear",
        "diffusion.vp_linear={foo: 3}|diffusion.vp_linear:1:1: unknown field of VpLinear, found foo, wanted",
        "diffusion.vp_linear={|diffusion.vp_linear: wrong type of value, found '{', wanted a message",
      })
  void whatCannotBeAppliedIsRefused(String override, String expected) {
    List<String> problems = problems(override);
    assertEquals(1, problems.size());
    assertTrue(problems.get(0).startsWith(expected), problems.get(0));
  }

  @Test
  void allBadOverridesAreReportedAtOnce() {
    assertEquals(3, problems("train.stps=3", "train.steps=x", "model.depth=4", "q=1").size());
  }

  @Test
  void aNumberTooLargeForADoubleIsFoundByValidation() {
    assertEquals(
        List.of("train.grad_clip_norm: out of range, found Infinity, wanted a finite number >= 0"),
        problems("train.grad_clip_norm=1e999"));
  }
}

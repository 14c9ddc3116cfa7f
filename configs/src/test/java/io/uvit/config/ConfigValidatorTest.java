package io.uvit.config;

import static io.uvit.config.Configs.problems;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.v1.Experiment;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigValidatorTest {
  private static final String CLASSES =
      "model.class_conditional={ num_classes: 11 null_class: 10 }";
  private static final String TEXT = "model.text_conditional={ num_tokens: 77 context_dim: 768 }";
  private static final String LATENT = "latent={ autoencoder: 'a.pth' scale_factor: 0.18215 }";
  private static final String FEATURES = "data.features.path=f";

  /** One override that breaks the minimal config in exactly one way. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "name=|name: is no name, found nothing, wanted lower-case letters, digits and underscores",
        "name=A b|name: is no name, found 'A b', wanted lower-case letters, digits and underscores",
        "model.image_height=9|model.image_height: is not divisible by model.patch_size 2, found 9, wanted a"
            + " multiple of 2, nearest 8 or 10",
        "model.image_width=1|model.image_width: is not divisible by model.patch_size 2, found 1, wanted a"
            + " multiple of 2, nearest 2",
        "model.image_width=-2|model.image_width: too small, found -2, wanted at least 1",
        "model.patch_size=0|model.patch_size: missing or zero, found 0, wanted at least 1",
        "model.channels=4|model.channels: is no number of pixel channels, found 4, wanted 1 or 3",
        "model.embed_dim=0|model.embed_dim: missing or zero, found 0, wanted at least 2",
        "model.num_heads=3|model.embed_dim: is not divisible by model.num_heads 3, found 16, wanted a multiple"
            + " of 3, nearest 15 or 18",
        "model.depth=13|model.depth: cannot be split into in- and out-blocks, found 13, wanted an even number,"
            + " 12 or 14",
        "model.depth=1|model.depth: too small, found 1, wanted at least 2",
        "model.mlp_ratio=0|model.mlp_ratio: out of range, found 0.0, wanted a finite number > 0",
        "model.qk_scale=-1|model.qk_scale: out of range, found -1.0, wanted a finite number > 0",
        "diffusion={}|diffusion.schedule: missing, found none, wanted one of vp_linear, vp_cosine, discrete,"
            + " rectified_flow",
        "diffusion.vp_linear.beta_min=30|diffusion.vp_linear.beta_max: below beta_min, found 20.0, wanted at"
            + " least beta_min 30.0",
        "diffusion.vp_cosine.s=0|diffusion.vp_cosine.s: out of range, found 0.0, wanted a finite number > 0",
        "diffusion.discrete.num_steps=1|diffusion.discrete.num_steps: too small, found 1, wanted at least 2",
        "diffusion.discrete.beta_end=1|diffusion.discrete.beta_end: out of range, found 1.0, wanted a variance in"
            + " (0, 1)",
        "diffusion={ discrete { betas: [0.1, 0.2, 1] } }|diffusion.discrete.betas[2]: out of range, found 1.0, wanted"
            + " a variance in (0, 1)",
        "diffusion={ discrete { betas: [0.1, 0.2] num_steps: 3 } }|diffusion.discrete.num_steps: is not the number"
            + " of diffusion.discrete.betas, found 3, wanted 2, or none",
        "diffusion={ discrete { betas: [0.1, 0.2] beta_end: 0.3 } }|diffusion.discrete.beta_end: has no meaning"
            + " beside diffusion.discrete.betas, found 0.3, wanted none",
        "diffusion={ rectified_flow { shift: -1 } }|diffusion.rectified_flow.shift: out of range, found -1.0, wanted"
            + " a finite number > 0",
        "diffusion.logit_normal_time={ std: 0 }|diffusion.logit_normal_time.std: out of range, found 0.0, wanted a"
            + " finite number > 0",
        "diffusion.logit_normal_time={ mean: inf }|diffusion.logit_normal_time.mean: out of range, found Infinity,"
            + " wanted a finite number",
        "diffusion.min_snr_gamma=0|diffusion.min_snr_gamma: out of range, found 0.0, wanted a finite number > 0",
        "data={}|data.source: missing, found none, wanted one of embedded_mnist, cifar10_binary, image_files, idx,"
            + " features",
        "data.image_files.path=|data.image_files.path: missing, found nothing, wanted a folder or zip of images",
        "data.idx={}|data.idx.images: missing, found nothing, wanted an idx file",
        "data.label_dropout=0.1|data.label_dropout: there is nothing to replace a label by, found 0.1, wanted 0, or"
            + " model.class_conditional.null_class, or model.text_conditional",
        "data.max_pixels=0|data.max_pixels: missing or zero, found 0, wanted at least 1",
        "data.workers=0|data.workers: missing or zero, found 0, wanted at least 1",
        "data.prefetch_batches=-1|data.prefetch_batches: too small, found -1, wanted at least 1",
        "data.embedded_mnist={}|data.embedded_mnist: does not have the size of the model, found 8x8x3, wanted"
            + " 28x28x1 in model",
        "data.cifar10_binary.path=x|data.cifar10_binary: does not have the size of the model, found 8x8x3, wanted"
            + " 32x32x3 in model",
        "train.steps=0|train.steps: missing or zero, found 0, wanted at least 1",
        "train.batch_size=-4|train.batch_size: too small, found -4, wanted at least 1",
        "train.micro_batch_size=-1|train.micro_batch_size: too small, found -1, wanted at least 0",
        "train.micro_batch_size=3|train.micro_batch_size: leaves a remainder, found 3, wanted a divisor of train.batch_size 4, or 0",
        "train.adamw.learning_rate=-1|train.adamw.learning_rate: out of range, found -1.0, wanted a finite number"
            + " >= 0",
        "train.adamw.beta1=1|train.adamw.beta1: out of range, found 1.0, wanted a rate in [0, 1)",
        "train.adamw.beta2=-0.1|train.adamw.beta2: out of range, found -0.1, wanted a rate in [0, 1)",
        "train.adamw.epsilon=0|train.adamw.epsilon: out of range, found 0.0, wanted a finite number > 0",
        "train.adamw.weight_decay=-1|train.adamw.weight_decay: out of range, found -1.0, wanted a finite number >="
            + " 0",
        "train.warmup_steps=-1|train.warmup_steps: too small, found -1, wanted at least 0",
        "train.grad_clip_norm=-1|train.grad_clip_norm: out of range, found -1.0, wanted a finite number >= 0",
        "train.ema_decay=1|train.ema_decay: out of range, found 1.0, wanted a rate in [0, 1)",
        "train.log_every=0|train.log_every: missing or zero, found 0, wanted at least 1",
        "train.preview_every=-1|train.preview_every: too small, found -1, wanted at least 0",
        "train.checkpoint_every=-1|train.checkpoint_every: too small, found -1, wanted at least 0",
        "train.keep_last=0|train.keep_last: missing or zero, found 0, wanted at least 1",
        "train.keep_every=-1|train.keep_every: too small, found -1, wanted at least 0",
        "train.max_skipped_updates=-1|train.max_skipped_updates: too small, found -1, wanted at least 0",
        "train.preview.count=0|train.preview.count: missing or zero, found 0, wanted at least 1",
        "sample.steps=0|sample.steps: missing or zero, found 0, wanted at least 1",
        "sample={ solver: EULER_MARUYAMA_SDE steps: 50 count: 0 }|sample.count: missing or zero, found 0, wanted at"
            + " least 1",
        "sample.batch_size=-1|sample.batch_size: too small, found -1, wanted at least 1",
        "runtime.intra_op_threads=-1|runtime.intra_op_threads: too small, found -1, wanted at least 0",
        "runtime.inter_op_threads=-1|runtime.inter_op_threads: too small, found -1, wanted at least 0",
        "latent={ scale_factor: 1 }|latent.autoencoder: missing, found nothing, wanted the weight file of the"
            + " autoencoder",
        "latent={ autoencoder: 'a' }|latent.scale_factor: out of range, found 0.0, wanted a finite number > 0",
      })
  void oneFault(String override, String expected) {
    assertEquals(List.of(expected), problems(override));
  }

  @Test
  void allFaultsAreReportedInTheOrderOfTheSchema() {
    assertEquals(
        List.of("model.depth", "data.workers", "train.steps", "train.ema_decay", "sample.count"),
        paths(
            "sample.count=-1",
            "train.ema_decay=2",
            "train.steps=-1",
            "data.workers=0",
            "model.depth=3"));
  }

  @Test
  void eulerMaruyamaNeedsTwoStepsAndAContinuousSchedule() {
    assertEquals(
        List.of("train.preview.steps", "sample.steps"),
        paths("sample={ solver: EULER_MARUYAMA_ODE steps: 1 }"));
    assertEquals(
        List.of("train.preview.solver", "sample.solver"),
        paths("sample.solver=EULER_MARUYAMA_SDE", "diffusion.discrete={}"));
  }

  @Test
  void theCosineDecayNeedsStepsAfterTheWarmUp() {
    assertEquals(
        List.of(
            "train.warmup_steps: leaves no steps for the decay, found 10, wanted less than train.steps 10"),
        problems("train.warmup_steps=10", "train.learning_rate_decay=COSINE"));
    valid("train.warmup_steps=10");
  }

  @Test
  void averagesAreToldApartByTheirRates() {
    Experiment minimal = ConfigLoader.parse(Configs.MINIMAL, "minimal", List.of());
    Experiment.Builder builder = minimal.toBuilder();
    builder.getTrainBuilder().addAllExtraEmaDecays(List.of(0.5, 1.0, 0.9999, 0.0, -0.0));
    assertEquals(
        List.of(
            "train.extra_ema_decays[1]: out of range, found 1.0, wanted a rate in [0, 1)",
            "train.extra_ema_decays[2]: is an average that is kept already, found 0.9999, wanted a rate beside"
                + " 0.9999, 0.5, 1.0",
            "train.extra_ema_decays[4]: is an average that is kept already, found 0.0, wanted a rate beside"
                + " 0.9999, 0.5, 1.0, 0.0"),
        problems(() -> ConfigLoader.resolve(builder.build(), "minimal")));
    builder.getTrainBuilder().clearExtraEmaDecays().addAllExtraEmaDecays(List.of(0.0, 0.999));
    assertEquals(
        List.of(0.0, 0.999),
        ConfigLoader.resolve(builder.build(), "minimal").getTrain().getExtraEmaDecaysList());
  }

  @Test
  void guidanceAndDropoutNeedSomethingToDropTo() {
    String labelled = "data.image_files.labels=CLASS_FOLDERS";
    assertEquals(
        List.of("train.preview.guidance_scale", "sample.guidance_scale"),
        paths(
            "sample.guidance_scale=1.5", "model.class_conditional={ num_classes: 10 }", labelled));
    assertEquals(
        List.of("data.label_dropout"),
        paths("data.label_dropout=0.1", "model.class_conditional.num_classes=10", labelled));
    valid("sample.guidance_scale=1.5", "data.label_dropout=0.1", CLASSES, labelled);
    valid("sample.guidance_scale=1.5", "data.label_dropout=0.1", TEXT, LATENT, FEATURES);
    assertEquals(
        List.of("data.label_dropout: out of range, found 1.5, wanted a probability in [0, 1]"),
        problems("data.label_dropout=1.5", CLASSES, labelled));
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 11, 12})
  void theNullClassIsARowOfTheTable(int nullClass) {
    assertEquals(
        List.of(
            "model.class_conditional.null_class: is no row of the label table, found "
                + nullClass
                + ", wanted 0 to 10, below num_classes"),
        problems(
            CLASSES,
            "model.class_conditional.null_class=" + nullClass,
            "data.image_files.labels=FILE_NAME_PREFIX"));
  }

  @Test
  void aClassConditionalModelNeedsLabels() {
    assertEquals(List.of("data.image_files.labels"), paths(CLASSES));
    assertEquals(List.of("data.idx.labels"), paths(CLASSES, "data.idx.images=i"));
    valid(CLASSES, "data.idx={ images: 'i' labels: 'l' }");
    valid(CLASSES, LATENT, FEATURES);
  }

  @Test
  void theLabelsOfKnownDataFitTheTable() {
    String[] mnist = {
      "data.embedded_mnist={}", "model.image_height=28", "model.image_width=28", "model.channels=1"
    };
    valid(with(mnist, CLASSES));
    valid(with(mnist, "model.class_conditional.num_classes=10"));
    assertEquals(
        List.of(
            "model.class_conditional.num_classes: fewer than the classes of embedded_mnist, found 9, wanted"
                + " 10, or 11 with null_class 10"),
        problems(with(mnist, "model.class_conditional.num_classes=9")));
    assertEquals(
        List.of(
            "model.class_conditional.null_class: is a class of embedded_mnist, whose labels are 0 to 9, found"
                + " 0, wanted 10 with num_classes 11"),
        problems(with(mnist, "model.class_conditional={ num_classes: 11 null_class: 0 }")));
    assertEquals(List.of("data.preprocess"), paths(with(mnist, "data.preprocess=CELEBA_CROP")));
  }

  @Test
  void aTextModelNeedsTexts() {
    assertEquals(
        List.of(
            "data.source: has no texts for model.text_conditional, found image_files, wanted features"),
        problems(TEXT));
    assertEquals(
        List.of("model.text_conditional.num_tokens", "model.text_conditional.context_dim"),
        paths("model.text_conditional={}", LATENT, FEATURES));
  }

  @Test
  void featuresAreLatentsThatAreTakenAsTheyAre() {
    assertEquals(List.of("latent"), paths(FEATURES));
    assertEquals(
        List.of("data.random_flip", "data.preprocess"),
        paths(LATENT, FEATURES, "data.random_flip=true", "data.preprocess=ADM_CENTER_CROP"));
    valid(LATENT, FEATURES, "model.channels=4");
    valid(LATENT, "data.cifar10_binary.path=c", "model.channels=4");
  }

  @Test
  void theAdmCropNeedsASquareModel() {
    assertEquals(
        List.of("data.preprocess"),
        paths("model.image_width=10", "data.preprocess=ADM_CENTER_CROP"));
    valid("model.image_width=10");
    valid("model.image_width=10", "data.preprocess=LANCZOS_CENTER_CROP");
  }

  @Test
  void enumNumbersWithoutANameAreRefused() {
    Experiment.Builder builder = ConfigLoader.parse(Configs.MINIMAL, "minimal").toBuilder();
    builder.getModelBuilder().setSkipValue(99);
    builder.getRuntimeBuilder().setDeviceValue(-1);
    assertEquals(
        List.of(
            "model.skip: unknown value, found 99, wanted one of CONCAT, NONE",
            "runtime.device: unknown value, found -1, wanted one of AUTO, CPU, GPU"),
        problems(() -> ConfigLoader.resolve(builder.build(), "minimal")));
  }

  @Test
  void validateThrowsWithTheNameOfTheExperiment() {
    Experiment valid = ConfigLoader.parse(Configs.MINIMAL, "minimal");
    ConfigValidator.validate(valid);
    Experiment.Builder broken = valid.toBuilder();
    broken.getTrainBuilder().setSteps(0);
    ConfigException e =
        assertThrows(ConfigException.class, () -> ConfigValidator.validate(broken.build()));
    assertTrue(e.getMessage().startsWith("experiment 'minimal': 1 problem\n  train.steps: "));
  }

  private static List<String> paths(String... overrides) {
    return problems(overrides).stream().map(text -> text.substring(0, text.indexOf(": "))).toList();
  }

  private static void valid(String... overrides) {
    ConfigLoader.parse(Configs.MINIMAL, "minimal", List.of(overrides));
  }

  private static String[] with(String[] overrides, String more) {
    String[] all = Arrays.copyOf(overrides, overrides.length + 1);
    all[overrides.length] = more;
    return all;
  }
}

package io.uvit.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.v1.AdamW;
import io.uvit.config.v1.Data;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.LearningRateDecay;
import io.uvit.config.v1.Model;
import io.uvit.config.v1.Prediction;
import io.uvit.config.v1.Preprocess;
import io.uvit.config.v1.SkipConnection;
import io.uvit.config.v1.Solver;
import io.uvit.config.v1.Train;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Holds the bundled configs to the values of the official ones, and to the sizes of the published
 * weights.
 */
class OfficialConfigsTest {
  private static final List<String> OFFICIAL =
      BundledConfigs.names().stream().filter(name -> name.contains("uvit")).toList();

  static List<String> official() {
    return OFFICIAL;
  }

  private static Experiment load(String name) {
    return ConfigLoader.load(name, List.of());
  }

  @Test
  void thereAreTen() {
    assertEquals(10, OFFICIAL.size());
  }

  @Test
  void everyConfigFileIsBundledUnderItsOwnName() throws IOException {
    try (Stream<Path> files = Files.list(Path.of(""))) {
      List<String> names =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.endsWith(".textproto"))
              .map(name -> name.substring(0, name.length() - ".textproto".length()))
              .sorted()
              .toList();
      assertEquals(names, BundledConfigs.names());
    }
    for (String name : BundledConfigs.names()) {
      assertEquals(name, load(name).getName());
    }
  }

  @ParameterizedTest
  @MethodSource("official")
  void theCommonValues(String name) {
    Experiment experiment = load(name);
    Model model = experiment.getModel();
    Train train = experiment.getTrain();
    assertEquals(1234, experiment.getSeed());
    assertEquals(Prediction.NOISE, experiment.getDiffusion().getPrediction());
    assertEquals(0.03, train.getAdamw().getWeightDecay());
    assertEquals(1e-8, train.getAdamw().getEpsilon());
    assertEquals(LearningRateDecay.CONSTANT, train.getLearningRateDecay());
    assertEquals(0.9999, train.getEmaDecay());
    assertEquals(0, train.getGradClipNorm());
    assertEquals(
        List.of(10L, 5_000L, 50_000L),
        List.of(train.getLogEvery(), train.getPreviewEvery(), train.getCheckpointEvery()));
    assertEquals(50, train.getPreview().getSteps());
    assertEquals(4, model.getMlpRatio());
    assertEquals(SkipConnection.CONCAT, model.getSkip());
    assertTrue(!model.getQkvBias() && !model.getMlpTimeEmbed() && !model.hasQkScale());
    assertEquals(name.startsWith("mscoco") ? 30_000 : 50_000, experiment.getSample().getCount());
    boolean discrete = name.endsWith("huge") || name.startsWith("mscoco");
    assertEquals(discrete, experiment.getDiffusion().hasDiscrete());
    assertEquals(!discrete, experiment.getDiffusion().hasVpLinear());
  }

  /** The parameter counts of the published models follow from the architecture alone. */
  @ParameterizedTest
  @CsvSource({
    "cifar10_uvit_small,44255328,257",
    "celeba64_uvit_small,44292228,257",
    "imagenet64_uvit_mid,130940292,258",
    "imagenet64_uvit_large,286827652,258",
    "imagenet256_uvit_large,286763172,258",
    "imagenet256_uvit_huge,500832016,258",
    "imagenet512_uvit_large,286861524,258",
    "imagenet512_uvit_huge,500942656,258",
    "mscoco_uvit_small,44692644,334",
    "mscoco_uvit_small_deep,58345636,334",
  })
  void theNetworkHasThePublishedSize(String name, long parameters, int tokens) {
    Model model = load(name).getModel();
    assertEquals(tokens, tokens(model));
    assertEquals(parameters, parameters(model));
  }

  private static int tokens(Model model) {
    int patch = model.getPatchSize();
    int patches = model.getImageHeight() / patch * (model.getImageWidth() / patch);
    return switch (model.getConditioningCase()) {
      case CLASS_CONDITIONAL -> patches + 2;
      case TEXT_CONDITIONAL -> patches + 1 + model.getTextConditional().getNumTokens();
      case UNCONDITIONAL, CONDITIONING_NOT_SET -> patches + 1;
    };
  }

  private static long parameters(Model model) {
    long d = model.getEmbedDim();
    long c = model.getChannels();
    long patch = (long) model.getPatchSize() * model.getPatchSize() * c;
    long condition =
        switch (model.getConditioningCase()) {
          case CLASS_CONDITIONAL -> model.getClassConditional().getNumClasses() * d;
          case TEXT_CONDITIONAL -> model.getTextConditional().getContextDim() * d + d;
          case UNCONDITIONAL, CONDITIONING_NOT_SET -> 0;
        };
    long blocks =
        (model.getDepth() + 1) * (12 * d * d + 10 * d) + model.getDepth() / 2 * (2 * d * d + d);
    long ends = tokens(model) * d + (patch * d + d) + 2 * d + (d * patch + patch);
    return ends + condition + blocks + (model.getFinalConv() ? 9 * c * c + c : 0);
  }

  @ParameterizedTest
  @CsvSource({
    "cifar10_uvit_small,     8,  2e-4, 0.99, 0.999, 2500, 128,  500000,  false",
    "celeba64_uvit_small,    8,  2e-4, 0.99, 0.99,  5000, 128,  500000,  false",
    "imagenet64_uvit_mid,    12, 3e-4, 0.99, 0.99,  5000, 1024, 300000,  true",
    "imagenet64_uvit_large,  16, 3e-4, 0.99, 0.99,  5000, 1024, 300000,  true",
    "imagenet256_uvit_large, 16, 2e-4, 0.99, 0.99,  5000, 1024, 300000,  true",
    "imagenet256_uvit_huge,  16, 2e-4, 0.99, 0.99,  5000, 1024, 500000,  true",
    "imagenet512_uvit_large, 16, 2e-4, 0.99, 0.99,  5000, 1024, 500000,  true",
    "imagenet512_uvit_huge,  16, 2e-4, 0.99, 0.99,  5000, 1024, 500000,  true",
    "mscoco_uvit_small,      8,  2e-4, 0.9,  0.9,   5000, 256,  1000000, false",
    "mscoco_uvit_small_deep, 8,  2e-4, 0.9,  0.9,   5000, 256,  1000000, false",
  })
  void training(
      String name,
      int heads,
      double rate,
      double beta1,
      double beta2,
      long warmup,
      int batch,
      long steps,
      boolean checkpointing) {
    Experiment experiment = load(name);
    Train train = experiment.getTrain();
    AdamW adamw = train.getAdamw();
    assertEquals(heads, experiment.getModel().getNumHeads());
    assertEquals(
        List.of(rate, beta1, beta2),
        List.of(adamw.getLearningRate(), adamw.getBeta1(), adamw.getBeta2()));
    assertEquals(
        List.of(warmup, (long) batch, steps),
        List.of(train.getWarmupSteps(), (long) train.getBatchSize(), train.getSteps()));
    assertEquals(checkpointing, train.getActivationCheckpointing());
  }

  @ParameterizedTest
  @CsvSource({
    "cifar10_uvit_small,     EULER_MARUYAMA_SDE, 1000, 0.0, 500",
    "celeba64_uvit_small,    EULER_MARUYAMA_SDE, 1000, 0.0, 500",
    "imagenet64_uvit_mid,    DPM_SOLVER_FAST,    50,   0.0, 200",
    "imagenet64_uvit_large,  DPM_SOLVER_FAST,    50,   0.0, 200",
    "imagenet256_uvit_large, DPM_SOLVER_FAST,    50,   0.4, 50",
    "imagenet256_uvit_huge,  DPM_SOLVER_PP_FAST, 50,   0.4, 50",
    "imagenet512_uvit_large, DPM_SOLVER_FAST,    50,   0.7, 50",
    "imagenet512_uvit_huge,  DPM_SOLVER_PP_FAST, 50,   0.7, 50",
    "mscoco_uvit_small,      DPM_SOLVER_PP_FAST, 50,   1.0, 50",
    "mscoco_uvit_small_deep, DPM_SOLVER_PP_FAST, 50,   1.0, 50",
  })
  void sampling(String name, Solver solver, int steps, double officialScale, int batch) {
    var sample = load(name).getSample();
    assertEquals(solver, sample.getSolver());
    assertEquals(steps, sample.getSteps());
    assertEquals(1 + officialScale, sample.getGuidanceScale(), 1e-12);
    assertEquals(batch, sample.getBatchSize());
  }

  @ParameterizedTest
  @CsvSource({
    "cifar10_uvit_small,     CIFAR10_BINARY, NO_RESIZE,       true,  0,    0,       ",
    "celeba64_uvit_small,    IMAGE_FILES,    CELEBA_CROP,     true,  0,    0,       ",
    "imagenet64_uvit_mid,    IMAGE_FILES,    ADM_CENTER_CROP, true,  0,    0,       ",
    "imagenet64_uvit_large,  IMAGE_FILES,    ADM_CENTER_CROP, true,  0,    0,       ",
    "imagenet256_uvit_large, FEATURES,       NO_RESIZE,       false, 0.15, 0.18215, autoencoder_kl.pth",
    "imagenet256_uvit_huge,  FEATURES,       NO_RESIZE,       false, 0.1,  0.18215, autoencoder_kl_ema.pth",
    "imagenet512_uvit_large, FEATURES,       NO_RESIZE,       false, 0.15, 0.18215, autoencoder_kl.pth",
    "imagenet512_uvit_huge,  FEATURES,       NO_RESIZE,       false, 0.1,  0.18215, autoencoder_kl_ema.pth",
    "mscoco_uvit_small,      FEATURES,       NO_RESIZE,       false, 0.1,  0.23010, autoencoder_kl.pth",
    "mscoco_uvit_small_deep, FEATURES,       NO_RESIZE,       false, 0.1,  0.23010, autoencoder_kl.pth",
  })
  void data(
      String name,
      Data.SourceCase source,
      Preprocess preprocess,
      boolean flip,
      double dropout,
      double scale,
      String autoencoder) {
    Experiment experiment = load(name);
    assertEquals(source, experiment.getData().getSourceCase());
    assertEquals(preprocess, experiment.getData().getPreprocess());
    assertEquals(flip, experiment.getData().getRandomFlip());
    assertEquals(dropout, experiment.getData().getLabelDropout());
    assertEquals(autoencoder != null, experiment.hasLatent());
    assertEquals(scale, experiment.getLatent().getScaleFactor());
    assertTrue(
        experiment.getLatent().getAutoencoder().endsWith("/" + autoencoder) || autoencoder == null);
  }

  @Test
  void theDeepModelDiffersInDepthAndNameOnly() {
    List<String> paths =
        ExperimentDiff.differences(load("mscoco_uvit_small"), load("mscoco_uvit_small_deep"))
            .stream()
            .map(ExperimentDiff.Difference::path)
            .toList();
    assertEquals(List.of("name", "model.depth"), paths);
  }

  @Test
  void classConditioning() {
    var imagenet64 = load("imagenet64_uvit_mid").getModel().getClassConditional();
    assertEquals(1000, imagenet64.getNumClasses());
    assertTrue(!imagenet64.hasNullClass());
    var imagenet256 = load("imagenet256_uvit_huge").getModel().getClassConditional();
    assertEquals(1001, imagenet256.getNumClasses());
    assertEquals(1000, imagenet256.getNullClass());
  }

  @ParameterizedTest
  @MethodSource("official")
  void theCommentsNameSourceResultMachineAndCommand(String name) {
    String text = BundledConfigs.text(name).orElseThrow();
    assertTrue(text.startsWith("# proto-file: uvit/config/v1/experiment.proto\n"), text);
    for (String part :
        List.of("# Upstream: configs/", "# Published FID: ", " GPUs", "# Run: ./uvit train")) {
      assertTrue(text.contains(part), name + " lacks " + part);
    }
  }
}

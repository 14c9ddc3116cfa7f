package io.uvit.runner.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.ConfigLoader;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Sample;
import io.uvit.graph.model.UViT;
import io.uvit.graph.model.UViTConfig;
import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.savedmodels.pipeline.SampleListener;
import io.uvit.savedmodels.pipeline.SampleRequest;
import io.uvit.savedmodels.pipeline.UViTPipeline;
import io.uvit.savedmodels.weights.DataType;
import io.uvit.savedmodels.weights.NpyWriter;
import io.uvit.savedmodels.weights.SafetensorsWriter;
import io.uvit.savedmodels.weights.TensorEntry;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TensorWriter;
import io.uvit.savedmodels.weights.WeightFileException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Encoded texts on the command line of {@code uvit sample}, with a tiny text model. */
class TextContextsTest {
  private static final int TOKENS = 3;
  private static final int WIDTH = 5;
  private static final String SETTINGS = " --solver ddim --steps 2 --dynamic-thresholding false";

  @TempDir static Path folder;

  private static Experiment experiment;
  private static float[] texts;
  private static float[] empty;

  @BeforeAll
  static void writeModelAndTexts() {
    Experiment.Builder builder =
        ConfigLoader.load("mscoco_uvit_small", List.of()).toBuilder().clearLatent();
    builder
        .getModelBuilder()
        .setImageHeight(8)
        .setImageWidth(8)
        .setChannels(3)
        .setPatchSize(4)
        .setEmbedDim(16)
        .setDepth(2)
        .setNumHeads(2)
        .getTextConditionalBuilder()
        .setNumTokens(TOKENS)
        .setContextDim(WIDTH);
    experiment = builder.build();
    texts = random("texts", 2 * TOKENS * WIDTH);
    empty = random("empty", TOKENS * WIDTH);
    write("texts.npy", texts, 2, TOKENS, WIDTH);
    write("empty.npy", empty, TOKENS, WIDTH);
    write("narrow.npy", new float[2 * TOKENS * 4], 2, TOKENS, 4);
    write("none.npy", new float[0], 0, TOKENS, WIDTH);
    try (TensorWriter writer =
        NpyWriter.create(
            folder.resolve("doubles.npy"), DataType.F64, List.of((long) TOKENS, (long) WIDTH))) {
      writer.write(TensorFile.SOLE_NAME, FloatBuffer.wrap(empty));
    }
  }

  private static void write(String name, float[] values, long... shape) {
    List<Long> dims = Arrays.stream(shape).boxed().toList();
    try (TensorWriter writer = NpyWriter.create(folder.resolve(name), DataType.F32, dims)) {
      writer.write(TensorFile.SOLE_NAME, FloatBuffer.wrap(values));
    }
  }

  private static float[] random(String name, int length) {
    Random random = new Random(name.hashCode());
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static Path weights() {
    List<ParameterSpec> specs = new UViT(UViTConfig.of(experiment.getModel())).parameters();
    List<TensorEntry> entries =
        specs.stream()
            .map(
                s ->
                    new TensorEntry(
                        s.name(),
                        DataType.F32,
                        Arrays.stream(s.shape().asArray()).boxed().toList()))
            .toList();
    Path file = folder.resolve("weights.safetensors");
    try (TensorWriter writer = SafetensorsWriter.create(file, entries, Map.of())) {
      specs.forEach(
          s -> writer.write(s.name(), FloatBuffer.wrap(random(s.name(), (int) s.size()))));
    }
    return file;
  }

  private static SampleRequests.Asked asked(Experiment of, String line) throws Exception {
    Arguments arguments = Main.parse(new SampleCommand(), List.of(line.strip().split(" ")));
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    Console console = new Console(nowhere, nowhere, folder, false);
    SampleRequests requests = new SampleRequests(arguments, console, of, Optional.empty());
    Sample settings = SampleSettings.of(arguments);
    Sample whole = SampleSettings.resolve(settings, of, arguments, requests.hasNegative());
    return requests.request(whole, settings.hasCount());
  }

  private static void refused(String line, String... wanted) {
    refused(experiment, line, wanted);
  }

  private static void refused(Experiment of, String line, String... wanted) {
    UsageException refusal = assertThrows(UsageException.class, () -> asked(of, line));
    for (String text : wanted) {
      assertTrue(refusal.getMessage().contains(text), refusal.getMessage());
    }
  }

  private static float[] sampled(UViTPipeline pipeline, SampleRequest request) {
    return pipeline.sampleArrays(request, SampleListener.none()).orElseThrow().values();
  }

  /** One image for each text; the request is that of the pipeline's own builder. */
  @Test
  void textsMakeImages() throws Exception {
    String line = "--contexts texts.npy --negative-contexts empty.npy --guidance-scale 2 --seed 4";
    SampleRequests.Asked asked = asked(experiment, line + SETTINGS);
    assertEquals(2, asked.count());
    SampleRequest.Builder same =
        SampleRequest.builder().settings(asked.request().settings()).seed(4).count(2);
    try (UViTPipeline pipeline = UViTPipeline.ofWeights(experiment, weights())) {
      float[] found = sampled(pipeline, asked.request());
      assertArrayEquals(
          sampled(pipeline, same.contexts(texts).negativeContexts(empty).build()), found, 0);
      assertFalse(
          Arrays.equals(
              found, sampled(pipeline, same.contexts(texts).negativeContexts(texts).build())));
      float[] one =
          sampled(
              pipeline,
              asked(experiment, "--contexts empty.npy --guidance-scale 1 --num 3" + SETTINGS)
                  .request());
      assertEquals(3 * 8 * 8 * 3, one.length);
    }
  }

  @Test
  void textsThatDoNotFitAreRefused() {
    String guided = " --guidance-scale 1";
    refused("--num 1", "--contexts: missing", "float32 [N, 3, 5] or [3, 5]", "no text encoder");
    refused(
        "--contexts narrow.npy" + guided,
        "--contexts: found float32 [2, 3, 4] in " + folder.resolve("narrow.npy"),
        "wanted float32 [N, 3, 5] or [3, 5]");
    refused("--contexts none.npy" + guided, "found float32 [0, 3, 5]");
    refused("--contexts doubles.npy" + guided, "found float64 [3, 5]");
    refused(
        "--contexts texts.npy --guidance-scale 2",
        "--negative-contexts: missing with guidance scale 2.0",
        "the encoded empty text");
    refused(
        "--contexts texts.npy --negative-contexts empty.npy --guidance-scale 1",
        "--negative-contexts: found without guidance");
    refused(
        "--contexts texts.npy --negative-contexts narrow.npy --guidance-scale 2",
        "--negative-contexts: found float32 [2, 3, 4]");
    refused("--contexts texts.npy --negative-labels 1", "--negative-labels: this model is not");
    refused("--contexts texts.npy --labels 1" + guided, "--labels: this model is not");
    Experiment digits = ConfigLoader.load("quickstart", List.of());
    refused(digits, "--contexts texts.npy", "--contexts: this model takes no texts");
    refused(digits, "--negative-contexts empty.npy", "--negative-contexts: this model takes no");
  }

  @Test
  void aFileThatIsNoArrayIsNamed() throws Exception {
    Files.writeString(folder.resolve("words.npy"), "a cat");
    WeightFileException refusal =
        assertThrows(
            WeightFileException.class,
            () -> asked(experiment, "--contexts words.npy --guidance-scale 1"));
    assertTrue(refusal.getMessage().contains("words.npy"), refusal.getMessage());
  }
}

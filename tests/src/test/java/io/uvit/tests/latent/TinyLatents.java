package io.uvit.tests.latent;

import io.uvit.config.ConfigLoader;
import io.uvit.config.v1.Experiment;
import io.uvit.graph.autoencoder.Autoencoder;
import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.ops.parameters.Variables;
import io.uvit.runner.image.ByteImage;
import io.uvit.runner.image.ImageShape;
import io.uvit.runner.image.Png;
import io.uvit.savedmodels.state.VariableState;
import io.uvit.savedmodels.weights.DataType;
import io.uvit.savedmodels.weights.SafetensorsWriter;
import io.uvit.savedmodels.weights.TensorEntry;
import io.uvit.savedmodels.weights.TensorWriter;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;

/**
 * An experiment on latents so small that everything takes moments: images of 32 x 32 in three
 * classes, a KL autoencoder of random weights with f = 4, latents of 8 x 8 x 4.
 */
final class TinyLatents {
  static final int SIDE = 32;
  static final int CLASSES = 3;
  static final int PER_CLASS = 4;

  private static final String EXPERIMENT =
      """
      name: "tiny_latents"
      model {
        image_height: 8 image_width: 8 channels: 4 patch_size: 2 embed_dim: 16 depth: 2 num_heads: 2
        %s
      }
      diffusion { discrete {} }
      data { %s preprocess: %s label_dropout: 0.2 }
      train {
        steps: 6 batch_size: 4 adamw { learning_rate: 1e-3 } ema_decay: 0.9 log_every: 2 preview_every: 3
        checkpoint_every: 3 preview { solver: DPM_SOLVER_PP_2M steps: 2 count: 20 guidance_scale: 1.5 }
      }
      sample { solver: DPM_SOLVER_PP_2M steps: 3 guidance_scale: 1.5 count: 6 }
      latent { autoencoder: "%s" scale_factor: 0.5 kl { width: 32 multipliers: [1, 1, 2] blocks_per_level: 1 } }
      """;

  private TinyLatents() {}

  /** Writes images, autoencoder and experiment files into a folder. */
  static void write(Path folder) throws IOException {
    writeImages(folder.resolve("images"));
    Path autoencoder = folder.resolve("autoencoder.safetensors");
    String classes = "class_conditional { num_classes: 4 null_class: 3 }";
    String images =
        "image_files { path: \"%s\" labels: CLASS_FOLDERS }".formatted(folder.resolve("images"));
    Files.writeString(
        folder.resolve("experiment.textproto"),
        EXPERIMENT.formatted(classes, images, "ADM_CENTER_CROP", autoencoder));
    Files.writeString(
        folder.resolve("text.textproto"),
        EXPERIMENT.formatted(
            "text_conditional { num_tokens: 3 context_dim: 5 }",
            "features { path: \"%s\" }".formatted(folder.resolve("coco")),
            "NO_RESIZE",
            autoencoder));
    writeAutoencoder(
        autoencoder,
        ConfigLoader.load(folder.resolve("experiment.textproto").toString(), List.of()));
  }

  private static void writeImages(Path folder) throws IOException {
    for (int c = 0; c < CLASSES; c++) {
      Path of = Files.createDirectories(folder.resolve("class" + c));
      for (int i = 0; i < PER_CLASS; i++) {
        byte[] samples = new byte[SIDE * SIDE * 3];
        for (int p = 0; p < samples.length; p++) {
          samples[p] = (byte) (80 * c + (p / 3 % SIDE) * (i + 1) + 31 * (p % 3));
        }
        ByteImage image = new ByteImage(new ImageShape(SIDE, SIDE, 3), samples);
        Files.write(of.resolve(i + ".png"), Png.encode(image));
      }
    }
  }

  /** Random weights under the official names. */
  private static void writeAutoencoder(Path file, Experiment experiment) {
    List<ParameterSpec> specs = Autoencoder.of(experiment).parameters();
    List<TensorEntry> entries =
        specs.stream()
            .map(
                spec ->
                    new TensorEntry(
                        plain(spec),
                        DataType.F32,
                        Arrays.stream(spec.shape().asArray()).boxed().toList()))
            .toList();
    try (Graph graph = new Graph();
        Session session = new Session(graph);
        TensorWriter writer = SafetensorsWriter.create(file, entries, Map.of())) {
      Variables variables = new Variables(Ops.create(graph), "", specs);
      Session.Runner runner = session.runner();
      variables.initialize(5).forEach(runner::addTarget);
      runner.run().close();
      VariableState.forEach(
          session,
          variables,
          (spec, values) -> writer.write(plain(spec), FloatBuffer.wrap(values)));
    }
  }

  private static String plain(ParameterSpec spec) {
    return spec.name().substring(Autoencoder.PREFIX.length());
  }
}

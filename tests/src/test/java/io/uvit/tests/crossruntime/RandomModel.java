package io.uvit.tests.crossruntime;

import io.uvit.config.ConfigLoader;
import io.uvit.config.v1.AutoencoderKl;
import io.uvit.config.v1.Experiment;
import io.uvit.graph.autoencoder.Autoencoder;
import io.uvit.graph.model.UViT;
import io.uvit.graph.model.UViTConfig;
import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.savedmodels.export.Provenance;
import io.uvit.savedmodels.export.SavedModelWriter;
import io.uvit.savedmodels.export.WeightStorage;
import io.uvit.savedmodels.weights.DataType;
import io.uvit.savedmodels.weights.NpzWriter;
import io.uvit.savedmodels.weights.TensorEntry;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TensorFiles;
import io.uvit.savedmodels.weights.TensorWriter;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Exports for tests that need a network and do not care which. */
final class RandomModel {
  private RandomModel() {}

  /**
   * The experiment of a small class-conditional model on latents of 8 x 8 x 4, whose autoencoder
   * makes images of 16 x 16.
   */
  static Experiment onLatents() {
    Experiment.Builder experiment =
        ConfigLoader.load(
            "imagenet256_uvit_large",
            List.of(
                "model.image_height=8",
                "model.image_width=8",
                "model.embed_dim=32",
                "model.depth=2",
                "model.num_heads=2",
                "sample.steps=10",
                "latent.images_at_once=2"))
            .toBuilder();
    experiment
        .getLatentBuilder()
        .setKl(
            AutoencoderKl.newBuilder()
                .setWidth(32)
                .addMultipliers(1)
                .addMultipliers(2)
                .setBlocksPerLevel(1));
    return experiment.build();
  }

  /** Writes a SavedModel of a resolved experiment with some weights, without an autoencoder. */
  static Path export(Experiment experiment, Path target) throws IOException {
    return export(experiment, target, networkOf(experiment), WeightStorage.DEFAULT);
  }

  /** Writes a SavedModel of a resolved experiment on latents with its autoencoder. */
  static Path exportWithAutoencoder(Experiment experiment, Path target, WeightStorage storage)
      throws IOException {
    List<ParameterSpec> specs = new ArrayList<>(networkOf(experiment));
    specs.addAll(Autoencoder.of(experiment).parameters());
    return export(experiment, target, specs, storage);
  }

  private static List<ParameterSpec> networkOf(Experiment experiment) {
    return new UViT(UViTConfig.of(experiment.getModel())).parameters();
  }

  private static Path export(
      Experiment experiment, Path target, List<ParameterSpec> specs, WeightStorage storage)
      throws IOException {
    Path file = target.resolveSibling(target.getFileName() + ".npz");
    try (TensorFile weights = weights(specs, file)) {
      new SavedModelWriter()
          .write(target, false, experiment, weights, Provenance.ofFile("random", "test"), storage);
    }
    return target;
  }

  private static TensorFile weights(List<ParameterSpec> specs, Path npz) {
    List<TensorEntry> entries = new ArrayList<>();
    for (ParameterSpec spec : specs) {
      entries.add(
          new TensorEntry(
              spec.name(), DataType.F32, Arrays.stream(spec.shape().asArray()).boxed().toList()));
    }
    Random random = new Random(0);
    try (TensorWriter writer = NpzWriter.create(npz, entries)) {
      specs.forEach(spec -> writer.write(spec.name(), FloatBuffer.wrap(values(spec, random))));
    }
    return TensorFiles.open(npz);
  }

  /** Matrices that keep the size of what they are given, norms about 1, biases about 0. */
  private static float[] values(ParameterSpec spec, Random random) {
    boolean vector = spec.shape().numDimensions() == 1;
    double inputs = vector ? 2500 : (double) spec.size() / spec.shape().get(0);
    double centre = vector && spec.name().endsWith("weight") ? 1 : 0;
    float[] values = new float[Math.toIntExact(spec.size())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (centre + random.nextGaussian() / Math.sqrt(inputs));
    }
    return values;
  }
}

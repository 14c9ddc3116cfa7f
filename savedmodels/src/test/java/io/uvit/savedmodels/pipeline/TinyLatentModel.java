package io.uvit.savedmodels.pipeline;

import io.uvit.config.ConfigDefaults;
import io.uvit.config.v1.AutoencoderKl;
import io.uvit.config.v1.ClassConditional;
import io.uvit.config.v1.Data;
import io.uvit.config.v1.Diffusion;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Features;
import io.uvit.config.v1.Latent;
import io.uvit.config.v1.Preprocess;
import io.uvit.config.v1.VpLinear;
import io.uvit.graph.autoencoder.Autoencoder;
import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.savedmodels.export.Provenance;
import io.uvit.savedmodels.export.SavedModelWriter;
import io.uvit.savedmodels.export.WeightStorage;
import io.uvit.savedmodels.export.WeightsFlavor;
import io.uvit.savedmodels.weights.DataType;
import io.uvit.savedmodels.weights.SafetensorsWriter;
import io.uvit.savedmodels.weights.TensorEntry;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TensorFiles;
import io.uvit.savedmodels.weights.TensorWriter;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A U-ViT on latents of 8 x 8 x 4 and a KL autoencoder of images of 16 x 16, with random weights in
 * files.
 */
final class TinyLatentModel {
  private TinyLatentModel() {}

  static Experiment experiment() {
    Experiment pixels =
        TinyModel.experiment(
            TinyModel.model()
                .setChannels(4)
                .setClassConditional(
                    ClassConditional.newBuilder()
                        .setNumClasses(5)
                        .setNullClass(TinyModel.NULL_LABEL)),
            Diffusion.newBuilder().setVpLinear(VpLinear.getDefaultInstance()));
    return ConfigDefaults.fill(
        pixels.toBuilder()
            .setData(
                Data.newBuilder()
                    .setFeatures(Features.newBuilder().setPath("features"))
                    .setPreprocess(Preprocess.NO_RESIZE))
            .setLatent(
                Latent.newBuilder()
                    .setAutoencoder("autoencoder.safetensors")
                    .setScaleFactor(0.5)
                    .setImagesAtOnce(2)
                    .setKl(
                        AutoencoderKl.newBuilder()
                            .setWidth(32)
                            .addMultipliers(1)
                            .addMultipliers(2)
                            .setBlocksPerLevel(1)))
            .build());
  }

  /** Writes the autoencoder's weights to a file in a folder, named without its prefix. */
  static Path writeAutoencoder(Path folder) {
    int prefix = Autoencoder.PREFIX.length();
    List<ParameterSpec> specs = Autoencoder.of(experiment()).parameters();
    List<TensorEntry> entries =
        specs.stream()
            .map(
                s ->
                    new TensorEntry(
                        s.name().substring(prefix),
                        DataType.F32,
                        Arrays.stream(s.shape().asArray()).boxed().toList()))
            .toList();
    Path file = folder.resolve("autoencoder.safetensors");
    try (TensorWriter writer = SafetensorsWriter.create(file, entries, Map.of())) {
      specs.forEach(s -> writer.write(s.name().substring(prefix), FloatBuffer.wrap(random(s))));
    }
    return file;
  }

  /** Norms about 1, biases about 0, kernels that keep the size of what they are given. */
  private static float[] random(ParameterSpec spec) {
    Random random = new Random(spec.name().hashCode());
    long[] shape = spec.shape().asArray();
    double inputs = shape.length == 4 ? shape[1] * shape[2] * shape[3] : 100;
    double centre = shape.length == 1 && spec.name().endsWith("weight") ? 1 : 0;
    float[] values = new float[(int) spec.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (centre + random.nextGaussian() / Math.sqrt(inputs));
    }
    return values;
  }

  /** Exports the model with its autoencoder. */
  static Path export(Path folder, WeightStorage storage) throws IOException {
    Path target = folder.resolve(storage.flavor() + "-" + storage.type());
    try (TensorFile network = TensorFiles.open(TinyModel.write(experiment(), folder));
        TensorFile autoencoder = TensorFiles.open(writeAutoencoder(folder))) {
      new SavedModelWriter()
          .write(
              target,
              false,
              experiment(),
              network.and(autoencoder.within(Autoencoder.PREFIX)),
              Provenance.ofCheckpoint(1, WeightsFlavor.EMA, "test"),
              storage);
    }
    return target;
  }

  /** Exports the network alone. */
  static Path exportWithoutAutoencoder(Path folder) throws IOException {
    return TinyModel.export(experiment(), folder);
  }
}

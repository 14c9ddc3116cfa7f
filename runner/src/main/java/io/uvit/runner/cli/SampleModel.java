package io.uvit.runner.cli;

import io.uvit.config.ConfigException;
import io.uvit.config.ConfigProblem;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Runtime;
import io.uvit.graph.model.Conditioning;
import io.uvit.graph.model.UViTConfig;
import io.uvit.runner.latent.Autoencoders;
import io.uvit.runner.train.TrainingCheckpoint;
import io.uvit.savedmodels.checkpoint.Checkpoint;
import io.uvit.savedmodels.pipeline.AutoencoderSession;
import io.uvit.savedmodels.pipeline.UViTPipeline;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Opens the model that {@code uvit sample} was told to take. */
final class SampleModel {
  private SampleModel() {}

  /**
   * The model of {@code --model}, {@code --run-dir} or {@code --checkpoint}.
   *
   * @throws ConfigException if it makes latents and its autoencoder is not there, or a GPU is asked
   *     for and cannot be used
   * @throws UsageException also if it takes texts and none are given, or the other way round
   */
  static UViTPipeline open(Arguments arguments, Console console)
      throws UsageException, IOException {
    Optional<Path> model = arguments.path(SampleOptions.MODEL, console);
    if (model.isEmpty()) {
      return ofCheckpoint(arguments, console, CheckpointOptions.open(arguments, console));
    }
    for (String other :
        List.of(
            CheckpointOptions.RUN_DIR,
            CheckpointOptions.CHECKPOINT,
            CheckpointWeights.OPTION,
            AutoencoderOptions.AUTOENCODER,
            AutoencoderOptions.DECODER)) {
      if (arguments.has(other)) {
        throw new UsageException(
            "--model and --%s: found both, wanted one; what a SavedModel holds is chosen at its export"
                .formatted(other));
      }
    }
    Runtime runtime = DeviceOption.settle(Runtime.getDefaultInstance(), arguments, console);
    UViTPipeline pipeline = UViTPipeline.load(model.get(), runtime);
    try {
      requireAutoencoder(pipeline, model.get());
      TextContexts.check(arguments, conditioning(pipeline.experiment()));
      return pipeline;
    } catch (ConfigException | UsageException e) {
      pipeline.close();
      throw e;
    }
  }

  private static UViTPipeline ofCheckpoint(
      Arguments arguments, Console console, Checkpoint checkpoint)
      throws UsageException, IOException {
    Experiment stored =
        AutoencoderOptions.apply(arguments, console, TrainingCheckpoint.experiment(checkpoint));
    TextContexts.check(arguments, conditioning(stored));
    Path weights = CheckpointWeights.of(arguments, stored).in(checkpoint);
    if (stored.hasLatent()) {
      AutoencoderOptions.require(stored);
    }
    Experiment experiment = DeviceOption.settle(stored, arguments, console);
    if (!experiment.hasLatent()) {
      return UViTPipeline.ofWeights(experiment, weights);
    }
    AutoencoderSession autoencoder = Autoencoders.open(experiment);
    try {
      return UViTPipeline.ofWeights(experiment, weights, Optional.of(autoencoder));
    } catch (RuntimeException e) {
      autoencoder.close();
      throw e;
    }
  }

  private static Conditioning conditioning(Experiment experiment) {
    return UViTConfig.of(experiment.getModel()).conditioning();
  }

  /** Refuses a model on latents that cannot show them. */
  private static void requireAutoencoder(UViTPipeline pipeline, Path folder) {
    if (pipeline.experiment().hasLatent() && pipeline.autoencoder().isEmpty()) {
      throw new ConfigException(
          folder.toString(),
          List.of(
              new ConfigProblem(
                  "decode",
                  "the model makes latents and was written without its autoencoder",
                  "no such signature",
                  "a model exported with it; uvit run gives the latents as they are")));
    }
  }
}

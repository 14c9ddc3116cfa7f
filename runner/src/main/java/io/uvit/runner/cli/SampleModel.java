package io.uvit.runner.cli;

import io.uvit.config.ConfigException;
import io.uvit.config.ConfigProblem;
import io.uvit.config.v1.Experiment;
import io.uvit.graph.model.Conditioning;
import io.uvit.graph.model.UViTConfig;
import io.uvit.runner.train.TrainingCheckpoint;
import io.uvit.savedmodels.checkpoint.Checkpoint;
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
   * @throws ConfigException if it makes latents
   * @throws UsageException also if it takes texts and none are given, or the other way round
   */
  static UViTPipeline open(Arguments arguments, Console console)
      throws UsageException, IOException {
    Optional<Path> model = arguments.path(SampleOptions.MODEL, console);
    if (model.isEmpty()) {
      return ofCheckpoint(arguments, CheckpointOptions.open(arguments, console));
    }
    for (String other :
        List.of(
            CheckpointOptions.RUN_DIR, CheckpointOptions.CHECKPOINT, CheckpointWeights.OPTION)) {
      if (arguments.has(other)) {
        throw new UsageException(
            "--model and --%s: found both, wanted one; weights of a SavedModel are chosen at its export"
                .formatted(other));
      }
    }
    UViTPipeline pipeline = UViTPipeline.load(model.get());
    try {
      refuseUnsupported(pipeline.experiment());
      TextContexts.check(arguments, conditioning(pipeline.experiment()));
      return pipeline;
    } catch (ConfigException | UsageException e) {
      pipeline.close();
      throw e;
    }
  }

  private static UViTPipeline ofCheckpoint(Arguments arguments, Checkpoint checkpoint)
      throws UsageException, IOException {
    Experiment experiment = TrainingCheckpoint.experiment(checkpoint);
    refuseUnsupported(experiment);
    TextContexts.check(arguments, conditioning(experiment));
    Path weights = CheckpointWeights.of(arguments, experiment).in(checkpoint);
    return UViTPipeline.ofWeights(experiment, weights);
  }

  private static Conditioning conditioning(Experiment experiment) {
    return UViTConfig.of(experiment.getModel()).conditioning();
  }

  /** Refuses what has no pixels to show. */
  static void refuseUnsupported(Experiment experiment) {
    if (experiment.hasLatent()) {
      throw unsupported(
          experiment,
          "latent",
          "the model makes latents, and this version has no autoencoder to show them",
          "a model of pixels; uvit run gives the latents as they are");
    }
  }

  private static ConfigException unsupported(
      Experiment experiment, String field, String problem, String wanted) {
    return new ConfigException(
        experiment.getName(), List.of(new ConfigProblem(field, problem, "", wanted)));
  }
}

package io.uvit.runner.train;

import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Latent;
import io.uvit.savedmodels.pipeline.AutoencoderSession;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TensorFiles;
import java.nio.file.Path;

/** The autoencoder of an experiment from its weight files. */
public final class Autoencoders {
  private Autoencoders() {}

  /**
   * The weights under the canonical names.
   *
   * @throws io.uvit.savedmodels.weights.WeightFileException if a file is missing or damaged
   */
  public static TensorFile weights(Latent latent) {
    TensorFile file = TensorFiles.open(Path.of(latent.getAutoencoder()));
    if (latent.getDecoder().isEmpty()) {
      return file;
    }
    TensorFile decoder = TensorFiles.open(Path.of(latent.getDecoder())).within("decoder.");
    return file.within("encoder.").and(decoder);
  }

  /**
   * The autoencoder in a session of its own.
   *
   * @param experiment resolved, on latents
   * @throws io.uvit.savedmodels.weights.WeightFileException if a weight file is missing or damaged
   * @throws io.uvit.savedmodels.state.StateDictException if it does not fit the autoencoder
   */
  public static AutoencoderSession open(Experiment experiment) {
    try (TensorFile weights = weights(experiment.getLatent())) {
      return AutoencoderSession.ofWeights(experiment, weights);
    }
  }
}

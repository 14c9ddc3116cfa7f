package io.uvit.runner.train;

import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Latent;
import io.uvit.savedmodels.pipeline.AutoencoderSession;
import io.uvit.savedmodels.weights.AutoencoderWeights;
import io.uvit.savedmodels.weights.TensorFile;
import java.nio.file.Path;
import java.util.Optional;

/** The autoencoder of an experiment from its weight files. */
public final class Autoencoders {
  private Autoencoders() {}

  /**
   * The weights under the canonical names, whatever naming the files have.
   *
   * @throws io.uvit.savedmodels.weights.WeightFileException if a file is missing or damaged, or its
   *     names are not those of one autoencoder
   */
  public static TensorFile weights(Latent latent) {
    return AutoencoderWeights.open(
        Path.of(latent.getAutoencoder()),
        latent.getDecoder().isEmpty()
            ? Optional.empty()
            : Optional.of(Path.of(latent.getDecoder())));
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

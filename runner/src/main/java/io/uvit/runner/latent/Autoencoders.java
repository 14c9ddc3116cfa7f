package io.uvit.runner.latent;

import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Latent;
import io.uvit.graph.autoencoder.Autoencoder;
import io.uvit.graph.model.UViTConfig;
import io.uvit.runner.image.ImageShape;
import io.uvit.savedmodels.pipeline.AutoencoderSession;
import io.uvit.savedmodels.weights.AutoencoderWeights;
import io.uvit.savedmodels.weights.TensorFile;
import java.nio.file.Path;
import java.util.Optional;

/** The autoencoder of an experiment from its weight files. */
public final class Autoencoders {
  private Autoencoders() {}

  /**
   * The weights under the canonical names, without {@link Autoencoder#PREFIX}.
   *
   * @throws io.uvit.savedmodels.weights.WeightFileException if a file is missing or damaged
   */
  public static TensorFile weights(Latent latent) {
    return AutoencoderWeights.open(file(latent), decoder(latent));
  }

  /**
   * The weights of a network with those of its autoencoder, as a model that shows its images has
   * them. Closing the result closes both.
   *
   * @param network the official names
   * @throws io.uvit.savedmodels.weights.WeightFileException if a file is missing or damaged
   */
  public static TensorFile join(TensorFile network, Latent latent) {
    return network.and(weights(latent).within(Autoencoder.PREFIX));
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

  /**
   * The size of the images a model shows: its autoencoder's, or its own where it has none.
   *
   * @param autoencoder of a model on latents
   */
  public static ImageShape shownShape(UViTConfig model, Optional<AutoencoderSession> autoencoder) {
    return autoencoder
        .map(a -> new ImageShape(a.imageHeight(), a.imageWidth(), Autoencoder.IMAGE_CHANNELS))
        .orElseGet(() -> new ImageShape(model.imageHeight(), model.imageWidth(), model.channels()));
  }

  /** The file of all weights or of the encoder's. */
  static Path file(Latent latent) {
    return Path.of(latent.getAutoencoder());
  }

  /** The decoder's own file. */
  static Optional<Path> decoder(Latent latent) {
    return latent.getDecoder().isEmpty()
        ? Optional.empty()
        : Optional.of(Path.of(latent.getDecoder()));
  }
}

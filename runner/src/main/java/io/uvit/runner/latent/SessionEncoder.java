package io.uvit.runner.latent;

import io.uvit.config.v1.Experiment;
import io.uvit.runner.encode.MomentsEncoder;
import io.uvit.runner.features.FeatureShape;
import io.uvit.runner.features.Posterior;
import io.uvit.runner.features.Sha256;
import io.uvit.runner.image.ImageShape;
import io.uvit.savedmodels.pipeline.AutoencoderSession;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;

/** The encoder of an experiment's autoencoder in a TensorFlow session. */
public final class SessionEncoder implements MomentsEncoder {
  private final AutoencoderSession session;
  private final FeatureShape shape;
  private final String digest;
  private final String description;

  private SessionEncoder(
      AutoencoderSession session, FeatureShape shape, String digest, String description) {
    this.session = session;
    this.shape = shape;
    this.digest = digest;
    this.description = description;
  }

  /**
   * Opens the autoencoder of a resolved experiment.
   *
   * @throws IOException if a weight file cannot be read
   * @throws io.uvit.savedmodels.weights.WeightFileException if one is damaged
   * @throws io.uvit.savedmodels.state.StateDictException if it does not fit the autoencoder
   */
  public static SessionEncoder open(Experiment experiment) throws IOException {
    AutoencoderSession session = Autoencoders.open(experiment);
    try {
      FeatureShape shape =
          new FeatureShape(
              experiment.getModel().getImageHeight(),
              experiment.getModel().getImageWidth(),
              session.momentsChannels(),
              switch (session.posterior()) {
                case GAUSSIAN -> Posterior.GAUSSIAN;
                case DETERMINISTIC -> Posterior.DETERMINISTIC;
              });
      Path file = Autoencoders.file(experiment.getLatent());
      return new SessionEncoder(
          session,
          shape,
          digest(file, Autoencoders.decoder(experiment.getLatent())),
          String.valueOf(file.getFileName()));
    } catch (IOException | RuntimeException e) {
      session.close();
      throw e;
    }
  }

  private static String digest(Path file, Optional<Path> decoder) throws IOException {
    String first = Sha256.ofFile(file);
    return decoder.isEmpty() ? first : Sha256.ofText(first + Sha256.ofFile(decoder.get()));
  }

  @Override
  public ImageShape pixels() {
    return new ImageShape(session.imageHeight(), session.imageWidth(), 3);
  }

  @Override
  public FeatureShape shape() {
    return shape;
  }

  @Override
  public String digest() {
    return digest;
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public void encode(ByteBuffer images, int count, float[] moments) {
    byte[] pixels = new byte[count * pixels().samples()];
    images.duplicate().get(pixels);
    float[] found = session.moments(pixels);
    System.arraycopy(found, 0, moments, 0, found.length);
  }

  @Override
  public void close() {
    session.close();
  }
}

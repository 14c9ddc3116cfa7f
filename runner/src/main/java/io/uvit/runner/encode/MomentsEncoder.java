package io.uvit.runner.encode;

import io.uvit.config.v1.Experiment;
import io.uvit.runner.features.FeatureShape;
import io.uvit.runner.image.ImageShape;
import java.nio.ByteBuffer;

/** The encoder of an autoencoder with its weights. For one thread. */
public interface MomentsEncoder extends AutoCloseable {

  /** What it reads: 3 channels, sides that are multiples of its down-sampling factor. */
  ImageShape pixels();

  /** What it gives for an image. */
  FeatureShape shape();

  /** SHA-256 of its weights in lower-case hexadecimal: features of other weights are others. */
  String digest();

  /** What to call it in a manifest, such as the name of its weight file without a folder. */
  String description();

  /**
   * Encodes images. What it gives for an image should not depend on the others of the call.
   *
   * @param images unsigned bytes [count, H, W, 3], direct, from position 0 to the limit
   * @param count at least 1
   * @param moments receives unscaled moments [count, h, w, c] from its start
   */
  void encode(ByteBuffer images, int count, float[] moments);

  @Override
  void close();

  /** Opens the autoencoder of an experiment. */
  @FunctionalInterface
  interface Factory {

    /**
     * The encoder of {@code experiment.latent}; the caller closes it.
     *
     * @throws Exception if its weights cannot be read or used
     */
    MomentsEncoder open(Experiment experiment) throws Exception;
  }
}

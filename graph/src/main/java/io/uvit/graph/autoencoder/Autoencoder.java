package io.uvit.graph.autoencoder;

import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Latent;
import io.uvit.ops.nn.ForwardPass;
import io.uvit.ops.parameters.ParameterList;
import io.uvit.ops.parameters.ParameterSpec;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/**
 * Maps images to latents and back. Declared first, applied later, like the network.
 *
 * <p>Shapes: B images, H x W pixels, f the down-sampling factor, h = H/f, w = W/f, z latent
 * channels. Images and latents are NHWC. Any H and W that are multiples of f fit.
 */
public sealed interface Autoencoder permits KlAutoencoder, TinyAutoencoder {

  /** What stands before the names of all parameters within a model. */
  String PREFIX = "autoencoder.";

  /** Channels of an image. */
  int IMAGE_CHANNELS = 3;

  /** All parameters; the encoder's first. Their names begin with {@link #PREFIX}. */
  List<ParameterSpec> parameters();

  /** z. */
  int latentChannels();

  /** f. */
  int downsampling();

  /** What {@link #moments} gives. */
  Posterior posterior();

  /**
   * The posterior of images.
   *
   * @param images [B, H, W, 3] in [-1, 1]
   * @return [B, h, w, m], see {@link Posterior#channels}
   */
  Operand<TFloat32> moments(ForwardPass pass, Operand<TFloat32> images);

  /**
   * Images of latents in the autoencoder's own scale.
   *
   * @param latents [B, h, w, z]
   * @return [B, H, W, 3] in about [-1, 1], not clamped
   */
  Operand<TFloat32> decode(ForwardPass pass, Operand<TFloat32> latents);

  /** Number of scalars. */
  default long parameterCount() {
    return parameters().stream().mapToLong(ParameterSpec::size).sum();
  }

  /**
   * Declares the autoencoder of a resolved experiment.
   *
   * @throws IllegalArgumentException if the experiment has no latents
   */
  static Autoencoder of(Experiment experiment) {
    if (!experiment.hasLatent()) {
      throw new IllegalArgumentException("latent: missing, wanted the autoencoder's section");
    }
    Latent latent = experiment.getLatent();
    int channels = experiment.getModel().getChannels();
    ParameterList own = new ParameterList().scope(PREFIX.substring(0, PREFIX.length() - 1));
    return switch (latent.getKindCase()) {
      case TINY -> new TinyAutoencoder(own, channels, latent.getTiny().getMidBlockGroupNorm());
      case KL ->
          new KlAutoencoder(
              own,
              new KlConfig(
                  latent.getKl().getWidth(),
                  latent.getKl().getMultipliersList(),
                  latent.getKl().getBlocksPerLevel(),
                  channels));
      case KIND_NOT_SET -> new KlAutoencoder(own, KlConfig.stableDiffusion(channels));
    };
  }
}

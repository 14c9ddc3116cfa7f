package io.uvit.graph.autoencoder;

/** What an encoder says of the latents of an image. */
public enum Posterior {
  /** A normal distribution of each number: z means, then z logarithms of variances. */
  GAUSSIAN(2),
  /** The latents themselves. */
  DETERMINISTIC(1);

  private final int parts;

  Posterior(int parts) {
    this.parts = parts;
  }

  /** Channels m of the moments of z latent channels. */
  public int channels(int latentChannels) {
    return parts * latentChannels;
  }
}

package io.uvit.runner.features;

import java.util.Objects;

/**
 * One item of features: float32 [h, w, c], channels last. With a Gaussian posterior the first half
 * of the channels are the means, the second half the log-variances.
 *
 * @param height rows of the latent, at least 1
 * @param width columns of the latent, at least 1
 * @param channels channels of the item, a positive multiple of {@link Posterior#parts}
 * @param posterior what the channels are
 */
public record FeatureShape(int height, int width, int channels, Posterior posterior) {
  /** Most values of an item: 64 MiB of them. */
  static final int MAX_VALUES = 1 << 24;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException naming what is out of range
   */
  public FeatureShape {
    Objects.requireNonNull(posterior, "posterior");
    if (height < 1 || width < 1) {
      throw new IllegalArgumentException(
          "latents have sides of at least 1, found " + height + "x" + width);
    }
    if (channels < 1 || channels % posterior.parts() != 0) {
      throw new IllegalArgumentException(
          "a %s posterior has a positive multiple of %d channels, found %d"
              .formatted(posterior.text(), posterior.parts(), channels));
    }
    if ((double) height * width * channels > MAX_VALUES) {
      throw new IllegalArgumentException(
          "an item has at most %d values, found %dx%dx%d"
              .formatted(MAX_VALUES, height, width, channels));
    }
  }

  /** Values of an item: h w c. */
  public int values() {
    return height * width * channels;
  }

  /** Bytes of an item: 4 h w c. */
  public int bytes() {
    return Float.BYTES * values();
  }

  /** Channels z of the latent. */
  public int latentChannels() {
    return channels / posterior.parts();
  }

  /** As in {@code 32x32, 4 latent channels, gaussian}. */
  @Override
  public String toString() {
    return "%dx%d, %d latent channels, %s"
        .formatted(height, width, latentChannels(), posterior.text());
  }
}

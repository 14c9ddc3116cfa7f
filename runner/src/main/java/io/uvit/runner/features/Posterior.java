package io.uvit.runner.features;

import java.util.Locale;
import java.util.Optional;

/** What an autoencoder says about the latent of an image. */
public enum Posterior {
  /** Mean and log-variance of each latent value (Kingma and Welling 2014): 2 z channels. */
  GAUSSIAN(2),
  /** The latent itself: z channels. */
  DETERMINISTIC(1);

  private final int parts;

  Posterior(int parts) {
    this.parts = parts;
  }

  /** Channels of an item for each latent channel: 2 or 1. */
  public int parts() {
    return parts;
  }

  /** The name in a manifest: lower-case. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The posterior of a name in a manifest. */
  static Optional<Posterior> of(String text) {
    for (Posterior posterior : values()) {
      if (posterior.text().equals(text)) {
        return Optional.of(posterior);
      }
    }
    return Optional.empty();
  }
}

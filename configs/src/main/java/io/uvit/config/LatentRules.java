package io.uvit.config;

import io.uvit.config.v1.AutoencoderKl;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Latent;
import java.util.List;

/** The rules of the {@code latent} section. */
final class LatentRules {
  /** Channels of a KL autoencoder are normalised in this many groups. */
  private static final int GROUPS = 32;

  /** Below this there is nothing of a tile but its borders. */
  private static final int SMALLEST_TILE = 8;

  private final Latent latent;
  private final int channels;
  private final Checks checks;

  LatentRules(Experiment experiment, Checks checks) {
    this.latent = experiment.getLatent();
    this.channels = experiment.getModel().getChannels();
    this.checks = checks;
  }

  void check() {
    checks.notEmpty(
        "latent.autoencoder", latent.getAutoencoder(), "the weight file of the autoencoder");
    checks.positive("latent.scale_factor", latent.getScaleFactor());
    if (latent.hasKl()) {
      checkKl(latent.getKl());
    }
    checkChannels("latent.channel_mean", latent.getChannelMeanList());
    checkChannels("latent.channel_std", latent.getChannelStdList());
    for (int c = 0; c < latent.getChannelStdCount(); c++) {
      checks.positive("latent.channel_std[" + c + "]", latent.getChannelStd(c));
    }
    checks.atLeast("latent.images_at_once", latent.getImagesAtOnce(), 1);
    if (latent.getTileSize() != 0) {
      checks.atLeast("latent.tile_size", latent.getTileSize(), SMALLEST_TILE);
    }
  }

  private void checkKl(AutoencoderKl kl) {
    checks.atLeast("latent.kl.width", kl.getWidth(), GROUPS);
    checks.multiple("latent.kl.width", kl.getWidth(), GROUPS + " groups", GROUPS);
    for (int level = 0; level < kl.getMultipliersCount(); level++) {
      checks.atLeast("latent.kl.multipliers[" + level + "]", kl.getMultipliers(level), 1);
    }
    checks.atLeast("latent.kl.blocks_per_level", kl.getBlocksPerLevel(), 1);
    if (!latent.getDecoder().isEmpty()) {
      checks.problem(
          "latent.decoder",
          "a KL autoencoder is one file",
          "'" + latent.getDecoder() + "'",
          "none, or latent.tiny");
    }
  }

  private void checkChannels(String path, List<Double> values) {
    if (!values.isEmpty() && values.size() != channels) {
      checks.problem(
          path,
          "is not one number for each channel",
          values.size() + " numbers",
          "none, or model.channels " + channels);
    }
  }
}

package io.uvit.graph.autoencoder;

import java.util.List;

/**
 * Hyper-parameters of a KL autoencoder, checked (official libs/autoencoder.py {@code ddconfig}).
 *
 * @param width channels at full resolution ({@code ch}), a multiple of 32
 * @param multipliers channels over width at each level, from full resolution down ({@code ch_mult})
 * @param blocksPerLevel residual blocks of the encoder's levels; the decoder has one more ({@code
 *     num_res_blocks})
 * @param latentChannels z ({@code z_channels} and {@code embed_dim})
 */
public record KlConfig(
    int width, List<Integer> multipliers, int blocksPerLevel, int latentChannels) {

  /** Channels that are normalised together come in this many groups. */
  static final int GROUPS = 32;

  /** Checks and copies. */
  public KlConfig {
    multipliers = List.copyOf(multipliers);
    require(
        width >= GROUPS && width % GROUPS == 0, "width", width, "a positive multiple of " + GROUPS);
    require(
        !multipliers.isEmpty() && multipliers.stream().allMatch(m -> m >= 1),
        "multipliers",
        multipliers,
        "at least one, each at least 1");
    require(blocksPerLevel >= 1, "blocksPerLevel", blocksPerLevel, "at least 1");
    require(latentChannels >= 1, "latentChannels", latentChannels, "at least 1");
  }

  /** Stable Diffusion's first one: 83,653,863 parameters with 4 latent channels. */
  public static KlConfig stableDiffusion(int latentChannels) {
    return new KlConfig(128, List.of(1, 2, 4, 4), 2, latentChannels);
  }

  /** Number of resolutions. */
  public int levels() {
    return multipliers.size();
  }

  /** Channels at a level, 0 = full resolution. */
  public int channels(int level) {
    return width * multipliers.get(level);
  }

  private static void require(boolean condition, String field, Object found, String wanted) {
    if (!condition) {
      throw new IllegalArgumentException(field + ": found " + found + ", wanted " + wanted);
    }
  }
}

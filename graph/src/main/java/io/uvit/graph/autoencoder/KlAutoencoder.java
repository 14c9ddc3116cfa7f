package io.uvit.graph.autoencoder;

import io.uvit.ops.nn.Conv2d;
import io.uvit.ops.nn.ForwardPass;
import io.uvit.ops.nn.GroupNorm;
import io.uvit.ops.nn.Mlp;
import io.uvit.ops.parameters.ParameterList;
import io.uvit.ops.parameters.ParameterSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.image.ResizeNearestNeighbor;
import org.tensorflow.types.TFloat32;

/**
 * The KL autoencoder of latent diffusion (Rombach et al. 2022; official libs/autoencoder.py
 * FrozenAutoencoderKL): residual blocks at each of n resolutions, attention at the lowest, f =
 * 2^(n-1). Parameters carry the official names and PyTorch shapes.
 */
public final class KlAutoencoder implements Autoencoder {
  private static final float EPSILON = 1e-6f;

  private final KlConfig config;
  private final List<ParameterSpec> parameters;
  private final Encoder encoder;
  private final Decoder decoder;
  private final Conv2d quantConv;
  private final Conv2d postQuantConv;

  /** Blocks of one resolution, and how it is left; the lowest or highest one is not. */
  private record Level(List<ResBlock> blocks, Optional<Conv2d> resample) {}

  /** Block, attention, block at the lowest resolution. */
  private record Middle(ResBlock first, AttentionBlock attention, ResBlock second) {
    static Middle declare(ParameterList parameters, int channels) {
      ParameterList own = parameters.scope("mid");
      return new Middle(
          ResBlock.declare(own, "block_1", channels, channels),
          AttentionBlock.declare(own, "attn_1", channels),
          ResBlock.declare(own, "block_2", channels, channels));
    }

    Operand<TFloat32> apply(ForwardPass pass, String name, Operand<TFloat32> x) {
      x = pass.tap(name + ".mid.block_1", first.apply(pass, x));
      x = pass.tap(name + ".mid.attn_1", attention.apply(pass, x));
      return pass.tap(name + ".mid.block_2", second.apply(pass, x));
    }
  }

  private record Encoder(
      Conv2d convIn, List<Level> levels, Middle middle, GroupNorm normOut, Conv2d convOut) {}

  /** Levels by index, 0 = full resolution; applied from the last to the first. */
  private record Decoder(
      Conv2d convIn, Middle middle, List<Level> levels, GroupNorm normOut, Conv2d convOut) {}

  /**
   * Declares the autoencoder, the encoder first.
   *
   * @param parameters the list, and the prefix of all names
   */
  public KlAutoencoder(ParameterList parameters, KlConfig config) {
    this.config = config;
    int z = config.latentChannels();
    encoder = declareEncoder(parameters.scope("encoder"));
    decoder = declareDecoder(parameters.scope("decoder"));
    quantConv = Conv2d.declare(parameters, "quant_conv", 2L * z, 2L * z, 1);
    postQuantConv = Conv2d.declare(parameters, "post_quant_conv", z, z, 1);
    this.parameters = parameters.specs();
  }

  static GroupNorm norm(ParameterList parameters, String name, int channels) {
    return GroupNorm.declare(parameters, name, channels, KlConfig.GROUPS, EPSILON);
  }

  private Encoder declareEncoder(ParameterList own) {
    int top = config.levels() - 1;
    Conv2d convIn = Conv2d.declare(own, "conv_in", IMAGE_CHANNELS, config.width(), 3);
    List<Level> levels = new ArrayList<>();
    int channels = config.width();
    for (int level = 0; level <= top; level++) {
      ParameterList of = own.scope("down." + level);
      List<ResBlock> blocks = new ArrayList<>();
      for (int b = 0; b < config.blocksPerLevel(); b++) {
        blocks.add(ResBlock.declare(of, "block." + b, channels, config.channels(level)));
        channels = config.channels(level);
      }
      levels.add(
          new Level(
              blocks, level == top ? Optional.empty() : Optional.of(downsample(of, channels))));
    }
    return new Encoder(
        convIn,
        levels,
        Middle.declare(own, channels),
        norm(own, "norm_out", channels),
        Conv2d.declare(own, "conv_out", channels, 2L * config.latentChannels(), 3));
  }

  private static Conv2d downsample(ParameterList level, int channels) {
    return Conv2d.declare(
        level.scope("downsample"), "conv", channels, channels, 3, 2, Conv2d.Padding.TRAILING, true);
  }

  private Decoder declareDecoder(ParameterList own) {
    int top = config.levels() - 1;
    int channels = config.channels(top);
    Conv2d convIn = Conv2d.declare(own, "conv_in", config.latentChannels(), channels, 3);
    Middle middle = Middle.declare(own, channels);
    List<Level> levels = new ArrayList<>();
    for (int level = 0; level <= top; level++) {
      ParameterList of = own.scope("up." + level);
      int in = config.channels(Math.min(level + 1, top));
      int out = config.channels(level);
      List<ResBlock> blocks = new ArrayList<>();
      for (int b = 0; b <= config.blocksPerLevel(); b++) {
        blocks.add(ResBlock.declare(of, "block." + b, b == 0 ? in : out, out));
      }
      levels.add(
          new Level(
              blocks,
              level == 0
                  ? Optional.empty()
                  : Optional.of(Conv2d.declare(of.scope("upsample"), "conv", out, out, 3))));
    }
    return new Decoder(
        convIn,
        middle,
        levels,
        norm(own, "norm_out", config.channels(0)),
        Conv2d.declare(own, "conv_out", config.channels(0), IMAGE_CHANNELS, 3));
  }

  @Override
  public List<ParameterSpec> parameters() {
    return parameters;
  }

  @Override
  public int latentChannels() {
    return config.latentChannels();
  }

  @Override
  public int downsampling() {
    return 1 << (config.levels() - 1);
  }

  @Override
  public Posterior posterior() {
    return Posterior.GAUSSIAN;
  }

  @Override
  public Operand<TFloat32> moments(ForwardPass pass, Operand<TFloat32> images) {
    Operand<TFloat32> x = pass.tap("encoder.conv_in", encoder.convIn().apply(pass, images));
    int level = 0;
    for (Level resolution : encoder.levels()) {
      String name = "encoder.down." + level++;
      int b = 0;
      for (ResBlock block : resolution.blocks()) {
        x = pass.tap(name + ".block." + b++, block.apply(pass, x));
      }
      if (resolution.resample().isPresent()) {
        x = pass.tap(name + ".downsample", resolution.resample().get().apply(pass, x)); // H/2, W/2
      }
    }
    x = encoder.middle().apply(pass, "encoder", x); // [B, h, w, C]
    x = Mlp.silu(pass.tf(), pass.tap("encoder.norm_out", encoder.normOut().apply(pass, x)));
    x = pass.tap("encoder.conv_out", encoder.convOut().apply(pass, x)); // [B, h, w, 2 z]
    return pass.tap("quant_conv", quantConv.apply(pass, x));
  }

  @Override
  public Operand<TFloat32> decode(ForwardPass pass, Operand<TFloat32> latents) {
    Operand<TFloat32> x = pass.tap("post_quant_conv", postQuantConv.apply(pass, latents));
    x = pass.tap("decoder.conv_in", decoder.convIn().apply(pass, x)); // [B, h, w, C]
    x = decoder.middle().apply(pass, "decoder", x);
    for (int level = config.levels() - 1; level >= 0; level--) {
      String name = "decoder.up." + level;
      Level resolution = decoder.levels().get(level);
      int b = 0;
      for (ResBlock block : resolution.blocks()) {
        x = pass.tap(name + ".block." + b++, block.apply(pass, x));
      }
      if (resolution.resample().isPresent()) {
        x = resolution.resample().get().apply(pass, doubled(pass.tf(), x)); // 2 h, 2 w
        x = pass.tap(name + ".upsample", x);
      }
    }
    x = Mlp.silu(pass.tf(), pass.tap("decoder.norm_out", decoder.normOut().apply(pass, x)));
    return pass.tap("decoder.conv_out", decoder.convOut().apply(pass, x)); // [B, H, W, 3]
  }

  /** Each pixel four times: [B, h, w, C] -> [B, 2 h, 2 w, C]. */
  static Operand<TFloat32> doubled(Ops tf, Operand<TFloat32> x) {
    return tf.image.resizeNearestNeighbor(
        x,
        tf.math.mul(
            tf.slice(tf.shape(x), tf.constant(new int[] {1}), tf.constant(new int[] {2})),
            tf.constant(2)),
        ResizeNearestNeighbor.alignCorners(false));
  }
}

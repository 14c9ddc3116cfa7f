package io.uvit.graph.autoencoder;

import io.uvit.ops.nn.Conv2d;
import io.uvit.ops.nn.ForwardPass;
import io.uvit.ops.nn.GroupNorm;
import io.uvit.ops.parameters.ParameterList;
import io.uvit.ops.parameters.ParameterSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * The tiny autoencoders of the TAESD family: plain convolutions of 64 channels with rectifiers, f =
 * 8, no distribution. Their latents are those of a large autoencoder, which they imitate: 4
 * channels for Stable Diffusion 1 and XL, 16 for Stable Diffusion 3 and FLUX.1, 32 for FLUX.2,
 * whose variant has a normalised branch in the blocks of the lowest resolution.
 *
 * <p>Parameters are named by the positions in the two sequences of modules, as in their public
 * files: {@code encoder.1.conv.0.weight}, {@code decoder.19.bias}.
 */
public final class TinyAutoencoder implements Autoencoder {
  private static final int WIDTH = 64;
  private static final int LEVELS = 3;
  private static final int BLOCKS = 3;
  private static final float CLAMP = 3;

  /** Eps of the normalisation, PyTorch's default. */
  private static final float EPSILON = 1e-5f;

  private final int latentChannels;
  private final List<ParameterSpec> parameters;
  private final List<Module> encoder;
  private final List<Module> decoder;

  /** One module of a sequence; those without parameters are part of the one after or before. */
  private interface Module {
    Operand<TFloat32> apply(ForwardPass pass, Operand<TFloat32> x);
  }

  /**
   * Three convolutions with rectifiers between them beside the input, then a rectifier.
   *
   * @param pool the normalised branch added to the input first, if there is one
   */
  private record Block(List<Conv2d> convs, Optional<Pool> pool) implements Module {
    static Block declare(ParameterList parameters, int position, boolean normalised) {
      ParameterList own = parameters.scope(Integer.toString(position));
      List<Conv2d> convs = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        convs.add(Conv2d.declare(own, "conv." + 2 * i, WIDTH, WIDTH, 3));
      }
      return new Block(convs, normalised ? Optional.of(Pool.declare(own)) : Optional.empty());
    }

    @Override
    public Operand<TFloat32> apply(ForwardPass pass, Operand<TFloat32> x) {
      Ops tf = pass.tf();
      if (pool.isPresent()) {
        x = tf.math.add(x, pool.get().apply(pass, x));
      }
      Operand<TFloat32> h = tf.nn.relu(convs.get(0).apply(pass, x));
      h = tf.nn.relu(convs.get(1).apply(pass, h));
      return tf.nn.relu(tf.math.add(convs.get(2).apply(pass, h), x)); // [B, H, W, 64]
    }
  }

  /** 1x1 convolution to four times the width, normalisation in four groups, rectifier, and back. */
  private record Pool(Conv2d widen, GroupNorm norm, Conv2d narrow) {
    static Pool declare(ParameterList parameters) {
      ParameterList own = parameters.scope("pool");
      return new Pool(
          withoutBias(own, "0", WIDTH, 4 * WIDTH, 1, 1),
          GroupNorm.declare(own, "1", 4L * WIDTH, 4, EPSILON),
          withoutBias(own, "3", 4 * WIDTH, WIDTH, 1, 1));
    }

    Operand<TFloat32> apply(ForwardPass pass, Operand<TFloat32> x) {
      Operand<TFloat32> h = norm.apply(pass, widen.apply(pass, x)); // [B, h, w, 256]
      return narrow.apply(pass, pass.tf().nn.relu(h));
    }
  }

  /**
   * Declares the autoencoder, the encoder first.
   *
   * @param parameters the list, and the prefix of all names
   * @param latentChannels z
   * @param midBlockGroupNorm whether the blocks of the lowest resolution have the normalised branch
   */
  public TinyAutoencoder(ParameterList parameters, int latentChannels, boolean midBlockGroupNorm) {
    this.latentChannels = latentChannels;
    encoder = declareEncoder(parameters.scope("encoder"), midBlockGroupNorm);
    decoder = declareDecoder(parameters.scope("decoder"), midBlockGroupNorm);
    this.parameters = parameters.specs();
  }

  private List<Module> declareEncoder(ParameterList own, boolean normalised) {
    List<Module> modules = new ArrayList<>();
    int position = 0;
    modules.add(conv(own, position++, IMAGE_CHANNELS, WIDTH));
    modules.add(Block.declare(own, position++, false));
    for (int level = 1; level <= LEVELS; level++) {
      Conv2d halving = withoutBias(own, Integer.toString(position++), WIDTH, WIDTH, 3, 2);
      modules.add(halving::apply); // H/2, W/2
      for (int b = 0; b < BLOCKS; b++) {
        modules.add(Block.declare(own, position++, normalised && level == LEVELS));
      }
    }
    modules.add(conv(own, position, WIDTH, latentChannels));
    return List.copyOf(modules);
  }

  private List<Module> declareDecoder(ParameterList own, boolean normalised) {
    List<Module> modules = new ArrayList<>();
    int position = 1; // 0 is the clamp
    Module first = conv(own, position, latentChannels, WIDTH);
    modules.add((pass, x) -> pass.tf().nn.relu(first.apply(pass, x)));
    position += 2; // the convolution and the rectifier
    for (int level = LEVELS; level >= 1; level--) {
      for (int b = 0; b < BLOCKS; b++) {
        modules.add(Block.declare(own, position++, normalised && level == LEVELS));
      }
      position++; // the doubling
      Conv2d conv = withoutBias(own, Integer.toString(position++), WIDTH, WIDTH, 3, 1);
      modules.add((pass, x) -> conv.apply(pass, KlAutoencoder.doubled(pass.tf(), x))); // 2 h, 2 w
    }
    modules.add(Block.declare(own, position++, false));
    modules.add(conv(own, position, WIDTH, IMAGE_CHANNELS));
    return List.copyOf(modules);
  }

  private static Module conv(ParameterList own, int position, int in, int out) {
    Conv2d conv = Conv2d.declare(own, Integer.toString(position), in, out, 3);
    return conv::apply;
  }

  private static Conv2d withoutBias(
      ParameterList own, String name, int in, int out, int kernel, int stride) {
    return Conv2d.declare(own, name, in, out, kernel, stride, Conv2d.Padding.CENTERED, false);
  }

  @Override
  public List<ParameterSpec> parameters() {
    return parameters;
  }

  @Override
  public int latentChannels() {
    return latentChannels;
  }

  @Override
  public int downsampling() {
    return 1 << LEVELS;
  }

  @Override
  public Posterior posterior() {
    return Posterior.DETERMINISTIC;
  }

  /** The encoder works on pixels in [0, 1]. */
  @Override
  public Operand<TFloat32> moments(ForwardPass pass, Operand<TFloat32> images) {
    Ops tf = pass.tf();
    Operand<TFloat32> x = tf.math.mul(tf.math.add(images, tf.constant(1f)), tf.constant(0.5f));
    for (Module module : encoder) {
      x = module.apply(pass, x);
    }
    return x; // [B, h, w, z]
  }

  /** Latents are softly clamped to [-3, 3]; the decoder gives pixels in about [0, 1]. */
  @Override
  public Operand<TFloat32> decode(ForwardPass pass, Operand<TFloat32> latents) {
    Ops tf = pass.tf();
    Operand<TFloat32> x =
        tf.math.mul(tf.math.tanh(tf.math.div(latents, tf.constant(CLAMP))), tf.constant(CLAMP));
    for (Module module : decoder) {
      x = module.apply(pass, x);
    }
    return tf.math.sub(tf.math.mul(x, tf.constant(2f)), tf.constant(1f)); // [B, H, W, 3]
  }
}

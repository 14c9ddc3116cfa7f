package io.uvit.graph.loop;

import io.uvit.config.ConfigDefaults;
import io.uvit.config.v1.AutoencoderKl;
import io.uvit.config.v1.AutoencoderTiny;
import io.uvit.config.v1.Diffusion;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Latent;
import io.uvit.config.v1.Model;
import io.uvit.config.v1.VpLinear;
import io.uvit.graph.autoencoder.Autoencoder;
import io.uvit.graph.autoencoder.LatentSpace;
import io.uvit.ops.nn.ForwardPass;
import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.ops.parameters.Weights;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TUint8;

/**
 * An autoencoder with weights of its own for latents [B, h, w, 4]: its programs with any slices and
 * tiles, and itself without them.
 */
final class TinyCodec implements AutoCloseable {
  static final int CHANNELS = 4;

  private final Graph graph = new Graph();
  private final Ops tf = Ops.create(graph);
  private final Map<String, Operand<TFloat32>> known = new HashMap<>();
  private final boolean pointwise;
  private final Experiment experiment;
  private final Autoencoder autoencoder;
  private final Session session;

  private TinyCodec(Latent.Builder latent, int height, int width, boolean pointwise) {
    this.pointwise = pointwise;
    latent
        .setAutoencoder("autoencoder.pth")
        .setScaleFactor(0.8)
        .addAllChannelMean(List.of(0.1, -0.2, 0.3, 0.0))
        .addAllChannelStd(List.of(0.5, 1.0, 2.0, 1.5));
    experiment =
        ConfigDefaults.fill(
            Experiment.newBuilder()
                .setModel(
                    Model.newBuilder()
                        .setImageHeight(height)
                        .setImageWidth(width)
                        .setChannels(CHANNELS)
                        .setPatchSize(1)
                        .setEmbedDim(16)
                        .setDepth(2)
                        .setNumHeads(2))
                .setDiffusion(Diffusion.newBuilder().setVpLinear(VpLinear.getDefaultInstance()))
                .setLatent(latent)
                .build());
    autoencoder = Autoencoder.of(experiment);
    session = new Session(graph);
  }

  /** Attention, normalisation over the whole image: f = 2. */
  static TinyCodec kl(int height, int width) {
    AutoencoderKl kl =
        AutoencoderKl.newBuilder()
            .setWidth(32)
            .addMultipliers(1)
            .addMultipliers(2)
            .setBlocksPerLevel(1)
            .build();
    return new TinyCodec(Latent.newBuilder().setKl(kl), height, width, false);
  }

  /**
   * Convolutions alone: f = 8.
   *
   * @param pointwise whether only the centres of the kernels are not 0, so that no pixel sees
   *     another latent than its own
   */
  static TinyCodec tiny(int height, int width, boolean pointwise) {
    return new TinyCodec(
        Latent.newBuilder().setTiny(AutoencoderTiny.getDefaultInstance()),
        height,
        width,
        pointwise);
  }

  /** The programs with the given {@code images_at_once} and {@code tile_size}. */
  LatentCodec codec(int imagesAtOnce, int tileSize) {
    Experiment.Builder changed = experiment.toBuilder();
    changed.getLatentBuilder().setImagesAtOnce(imagesAtOnce).setTileSize(tileSize);
    return new LatentCodec(changed.build(), autoencoder, this::weight);
  }

  Program encode(int imagesAtOnce) {
    return codec(imagesAtOnce, 0).encode(tf);
  }

  Program decode(int imagesAtOnce, int tileSize) {
    return codec(imagesAtOnce, tileSize).decode(tf);
  }

  private LatentSpace space() {
    return LatentSpace.of(experiment.getLatent(), autoencoder);
  }

  /** A batch through the decoder at once: latents [B, h, w, 4] to pixels. */
  float[] whole(float[] latents, Shape shape) {
    Placeholder<TFloat32> fed = tf.placeholder(TFloat32.class, Placeholder.shape(unknown(shape)));
    Operand<TFloat32> z = space().unscaled(tf, fed);
    try (TFloat32 values = TFloat32.tensorOf(shape, DataBuffers.of(latents, true, false))) {
      return floats(fed, values, autoencoder.decode(pass(), z));
    }
  }

  /** A batch through the encoder at once: pixels [B, H, W, 3] to moments. */
  float[] moments(float[] pixels, Shape shape) {
    Placeholder<TFloat32> fed = tf.placeholder(TFloat32.class, Placeholder.shape(unknown(shape)));
    try (TFloat32 values = TFloat32.tensorOf(shape, DataBuffers.of(pixels, true, false))) {
      return floats(fed, values, autoencoder.moments(pass(), fed));
    }
  }

  private static Shape unknown(Shape shape) {
    long[] sizes = shape.asArray().clone();
    sizes[0] = -1;
    return Shape.of(sizes);
  }

  private ForwardPass pass() {
    Weights weights = this::weight;
    return new ForwardPass(tf, weights);
  }

  /** Latents through a {@code decode} program. */
  float[] pixels(Program decode, float[] latents, Shape shape) {
    try (TFloat32 values = TFloat32.tensorOf(shape, DataBuffers.of(latents, true, false))) {
      return floats(decode.inputs().get(0).tensor(), values, output(decode, "pixels"));
    }
  }

  byte[] images(Program decode, float[] latents, Shape shape) {
    try (TFloat32 values = TFloat32.tensorOf(shape, DataBuffers.of(latents, true, false));
        Result result =
            session
                .runner()
                .feed(decode.inputs().get(0).tensor(), values)
                .fetch(output(decode, "images"))
                .run()) {
      TUint8 images = (TUint8) result.get(0);
      byte[] bytes = new byte[(int) images.size()];
      images.asRawTensor().data().read(bytes);
      return bytes;
    }
  }

  /** Images through an {@code encode} program. */
  float[] encoded(Program encode, String output, byte[] images, Shape shape) {
    try (TUint8 values = TUint8.tensorOf(shape, DataBuffers.of(images, true, false))) {
      return floats(encode.inputs().get(0).tensor(), values, output(encode, output));
    }
  }

  private static Operand<?> output(Program program, String key) {
    return program.outputs().stream()
        .filter(o -> o.key().equals(key))
        .findFirst()
        .orElseThrow()
        .tensor();
  }

  private float[] floats(Operand<?> fed, Tensor values, Operand<?> fetched) {
    try (Result result = session.runner().feed(fed, values).fetch(fetched).run()) {
      return TinyNetwork.floats(result.get(0));
    }
  }

  private Operand<TFloat32> weight(ParameterSpec spec) {
    return known.computeIfAbsent(
        spec.name(), name -> tf.constant(spec.shape(), DataBuffers.of(values(spec), true, false)));
  }

  /** Kernels that keep the size of what they are given, norms about 1, biases about 0. */
  private float[] values(ParameterSpec spec) {
    Random random = new Random(spec.name().hashCode());
    long[] shape = spec.shape().asArray();
    float[] values = new float[(int) spec.size()];
    boolean kernel = shape.length == 4;
    int taps = kernel ? (int) (shape[2] * shape[3]) : 1;
    double inputs = kernel ? shape[1] * (pointwise ? 1.0 : taps) : 100;
    double centre = !kernel && spec.name().endsWith("weight") ? 1 : 0;
    for (int i = 0; i < values.length; i++) {
      boolean off = pointwise && taps > 1 && i % taps != taps / 2;
      values[i] = off ? 0 : (float) (centre + random.nextGaussian() / Math.sqrt(inputs));
    }
    return values;
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}

package io.uvit.graph.loop;

import io.uvit.config.v1.Experiment;
import io.uvit.graph.autoencoder.Autoencoder;
import io.uvit.graph.autoencoder.LatentSpace;
import io.uvit.ops.control.ControlFlow;
import io.uvit.ops.nn.ForwardPass;
import io.uvit.ops.parameters.FunctionWeights;
import io.uvit.ops.parameters.Weights;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TType;

/**
 * The autoencoder of a model as programs: images to moments and latents, latents to images. Batches
 * are worked on in slices, large images in tiles, so that memory is that of {@code
 * latent.images_at_once} images or tiles whatever the batch.
 *
 * <p>Shapes: B images of H x W pixels, latents [B, h, w, z] in the network's scale.
 */
public final class LatentCodec {
  private final Autoencoder autoencoder;
  private final Weights weights;
  private final LatentSpace space;
  private final int height;
  private final int width;
  private final int imagesAtOnce;
  private final int tileSize;

  /**
   * The codec of a resolved experiment on latents.
   *
   * @param weights of the autoencoder
   */
  public LatentCodec(Experiment experiment, Autoencoder autoencoder, Weights weights) {
    this.autoencoder = autoencoder;
    this.weights = weights;
    space = LatentSpace.of(experiment.getLatent(), autoencoder);
    height = experiment.getModel().getImageHeight();
    width = experiment.getModel().getImageWidth();
    imagesAtOnce = experiment.getLatent().getImagesAtOnce();
    tileSize = experiment.getLatent().getTileSize();
  }

  /**
   * The {@code encode} program. Input {@code images} uint8 [B, H, W, 3]; outputs {@code moments}
   * float32 [B, h, w, m] ({@link io.uvit.graph.autoencoder.Posterior#channels}) and {@code latents}
   * float32 [B, h, w, z], the posterior's mean in the network's scale.
   */
  public Program encode(Ops tf) {
    Ops ops = tf.withSubScope("encode");
    ProgramBuilder program = new ProgramBuilder(ops);
    Operand<TUint8> images = program.required("images", TUint8.class, imageShape());
    int channels = space.momentsChannels();
    Operand<TFloat32> moments =
        sliced(
            ops,
            images,
            new int[] {height, width, channels},
            (inner, slice, own) -> {
              Operand<TFloat32> pixels =
                  inner.math.sub(
                      inner.math.div(
                          inner.dtypes.cast(slice, TFloat32.class), inner.constant(127.5f)),
                      inner.constant(1f)); // [-1, 1]
              return autoencoder.moments(new ForwardPass(inner, own), pixels);
            });
    program.output("moments", moments, Shape.of(-1, height, width, channels));
    program.output("latents", space.mean(ops, moments), latentShape());
    return program.build();
  }

  /**
   * The {@code decode} program. Input {@code latents} float32 [B, h, w, z]; outputs {@code images}
   * uint8 [B, H, W, 3] and {@code pixels} float32 of the same shape, in about [-1, 1].
   */
  public Program decode(Ops tf) {
    Ops ops = tf.withSubScope("decode");
    ProgramBuilder program = new ProgramBuilder(ops);
    Operand<TFloat32> latents = program.required("latents", TFloat32.class, latentShape());
    Operand<TFloat32> pixels = pixels(ops, latents);
    program.output("images", Pixels.toBytes(ops, pixels), imageShape());
    program.output("pixels", pixels, imageShape());
    return program.build();
  }

  /** Latents to images in about [-1, 1], [B, h, w, z] -> [B, H, W, 3]. */
  Operand<TFloat32> pixels(Ops tf, Operand<TFloat32> latents) {
    int factor = autoencoder.downsampling();
    return sliced(
        tf,
        latents,
        new int[] {height * factor, width * factor, Autoencoder.IMAGE_CHANNELS},
        (inner, slice, own) -> {
          Operand<TFloat32> z = space.unscaled(inner, slice);
          return tileSize == 0 || (tileSize >= height && tileSize >= width)
              ? autoencoder.decode(new ForwardPass(inner, own), z)
              : new TiledDecoder(autoencoder, height, width, tileSize).decode(inner, z, own);
        });
  }

  /** [B, H, W, 3]. */
  Shape imageShape() {
    int factor = autoencoder.downsampling();
    return Shape.of(-1, height * factor, width * factor, Autoencoder.IMAGE_CHANNELS);
  }

  private Shape latentShape() {
    return Shape.of(-1, height, width, autoencoder.latentChannels());
  }

  /** What is done to a slice of a batch. */
  @FunctionalInterface
  private interface Slice<T extends TType> {
    Operand<TFloat32> apply(Ops tf, Operand<T> slice, Weights weights);
  }

  /**
   * Runs over a batch, some images at a time.
   *
   * @param input [B, ...]
   * @param outputSizes sizes of an output image
   * @return [B, outputSizes]
   */
  @SuppressWarnings("unchecked") // state, invariants and their order are written here
  private <T extends TType> Operand<TFloat32> sliced(
      Ops tf, Operand<T> input, int[] outputSizes, Slice<T> slice) {
    Operand<TInt32> batch = tf.slice(tf.shape(input), ints(tf, 0), ints(tf, 1)); // [1]
    Operand<TFloat32> empty =
        tf.zeros(
            tf.concat(List.of(batch, tf.constant(outputSizes)), tf.constant(0)), TFloat32.class);
    List<Operand<?>> invariants = new ArrayList<>(List.of(input));
    FunctionWeights crossing =
        FunctionWeights.forInference(autoencoder.parameters(), weights.computeType());
    invariants.addAll(crossing.arguments(weights));
    List<Operand<?>> result =
        ControlFlow.loop(
            tf,
            List.of(tf.constant(0), empty),
            invariants,
            (ops, a) -> List.of(more(ops, (Operand<TInt32>) a.get(0), a.get(2))),
            (ops, a) -> {
              Operand<TInt32> done = (Operand<TInt32>) a.get(0);
              Operand<T> all = (Operand<T>) a.get(2);
              Operand<TInt32> next =
                  ops.math.minimum(ops.math.add(done, ops.constant(imagesAtOnce)), size(ops, all));
              Operand<TInt32> numbers = ops.range(done, next, ops.constant(1));
              Operand<TFloat32> part =
                  slice.apply(
                      ops,
                      ops.gather(all, numbers, ops.constant(0)),
                      crossing.within(ops, a.subList(3, a.size())));
              Operand<TFloat32> written =
                  ops.tensorScatterNdUpdate(
                      (Operand<TFloat32>) a.get(1), ops.expandDims(numbers, ops.constant(1)), part);
              // Not before: else the executor would work on several slices at once.
              return List.of(ops.withControlDependencies(List.of(written)).identity(next), written);
            });
    return (Operand<TFloat32>) result.get(1);
  }

  private static Operand<TBool> more(Ops tf, Operand<TInt32> done, Operand<?> all) {
    return tf.math.less(done, size(tf, all));
  }

  private static Operand<TInt32> size(Ops tf, Operand<?> all) {
    return tf.gather(tf.shape(all), tf.constant(0), tf.constant(0));
  }

  private static Operand<TInt32> ints(Ops tf, int value) {
    return tf.constant(new int[] {value});
  }
}

package io.uvit.savedmodels.pipeline;

import io.uvit.config.v1.Experiment;
import io.uvit.graph.autoencoder.Autoencoder;
import io.uvit.graph.autoencoder.Posterior;
import io.uvit.graph.loop.LatentCodec;
import io.uvit.ops.parameters.Variables;
import io.uvit.ops.scope.GraphScope;
import io.uvit.savedmodels.natives.CudaLibraries;
import io.uvit.savedmodels.state.SessionConfigs;
import io.uvit.savedmodels.state.VariableState;
import io.uvit.savedmodels.weights.TensorFile;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TUint8;

/**
 * The {@code encode} and {@code decode} programs of a model on latents ({@link LatentCodec}) in a
 * session that holds the autoencoder's weights. Safe for any number of threads.
 *
 * <p>Shapes: N images of H x W pixels, latents [N, h, w, z] in the network's scale, moments [N, h,
 * w, m].
 */
public final class AutoencoderSession implements AutoCloseable {
  private static final String ENCODE = "encode/";
  private static final String DECODE = "decode/";

  private final Session session;
  private final Map<String, String> names;
  private final Autoencoder autoencoder;
  private final int height;
  private final int width;
  private final List<AutoCloseable> owned;

  private AutoencoderSession(
      Session session,
      Map<String, String> names,
      Experiment experiment,
      List<AutoCloseable> owned) {
    this.session = session;
    this.names = Map.copyOf(names);
    this.autoencoder = Autoencoder.of(experiment);
    this.height = experiment.getModel().getImageHeight();
    this.width = experiment.getModel().getImageWidth();
    this.owned = List.copyOf(owned);
  }

  /**
   * The programs of a loaded model.
   *
   * @param session holds the weights; stays the caller's
   * @param encode tensor names of the signature's inputs and outputs by key
   * @param decode likewise
   */
  static AutoencoderSession of(
      Session session,
      Map<String, String> encode,
      Map<String, String> decode,
      Experiment experiment) {
    return new AutoencoderSession(session, joined(encode, decode), experiment, List.of());
  }

  /**
   * Builds the autoencoder of a resolved experiment and loads its weights.
   *
   * @param weights with the autoencoder's canonical names, without {@link Autoencoder#PREFIX}
   * @throws io.uvit.savedmodels.state.StateDictException if names or shapes do not match exactly
   * @throws io.uvit.savedmodels.natives.CudaLibraryException if CUDA on the class path cannot be
   *     opened
   */
  public static AutoencoderSession ofWeights(Experiment experiment, TensorFile weights) {
    CudaLibraries.open();
    Autoencoder autoencoder = Autoencoder.of(experiment);
    Graph graph = new Graph();
    Session session = null;
    try {
      Ops tf = GraphScope.ops(graph);
      Variables variables = new Variables(tf, "", autoencoder.parameters());
      LatentCodec codec = new LatentCodec(experiment, autoencoder, variables);
      Map<String, String> names =
          joined(codec.encode(tf).tensorNames(), codec.decode(tf).tensorNames());
      session = new Session(graph, SessionConfigs.rewriting(experiment.getRuntime()));
      VariableState.load(session, variables, weights.within(Autoencoder.PREFIX));
      return new AutoencoderSession(session, names, experiment, List.of(session, graph));
    } catch (RuntimeException e) {
      if (session != null) {
        session.close();
      }
      graph.close();
      throw e;
    }
  }

  private static Map<String, String> joined(
      Map<String, String> encode, Map<String, String> decode) {
    Map<String, String> names = new HashMap<>();
    encode.forEach((key, tensor) -> names.put(ENCODE + key, tensor));
    decode.forEach((key, tensor) -> names.put(DECODE + key, tensor));
    return names;
  }

  /** H. */
  public int imageHeight() {
    return height * autoencoder.downsampling();
  }

  /** W. */
  public int imageWidth() {
    return width * autoencoder.downsampling();
  }

  /** What the moments are. */
  public Posterior posterior() {
    return autoencoder.posterior();
  }

  /** m. */
  public int momentsChannels() {
    return posterior().channels(autoencoder.latentChannels());
  }

  /**
   * What the encoder says of images.
   *
   * @param images [N, H, W, 3]
   * @return [N, h, w, m]
   */
  public float[] moments(byte[] images) {
    return encode(images, "moments");
  }

  /**
   * The latents of images: the means of their posteriors in the network's scale.
   *
   * @param images [N, H, W, 3]
   * @return [N, h, w, z]
   */
  public float[] latents(byte[] images) {
    return encode(images, "latents");
  }

  private float[] encode(byte[] images, String output) {
    long count = count("images", images.length, imageHeight() * imageWidth() * 3);
    Shape shape = Shape.of(count, imageHeight(), imageWidth(), 3);
    try (TUint8 fed = TUint8.tensorOf(shape, DataBuffers.of(images, true, false))) {
      return run(ENCODE, "images", fed, output);
    }
  }

  /**
   * The images of latents.
   *
   * @param latents [N, h, w, z]
   * @return [N, H, W, 3] in about [-1, 1]
   */
  public float[] decode(float[] latents) {
    int z = autoencoder.latentChannels();
    Shape shape = Shape.of(count("latents", latents.length, height * width * z), height, width, z);
    try (TFloat32 fed = TFloat32.tensorOf(shape, DataBuffers.of(latents, true, false))) {
      return run(DECODE, "latents", fed, "pixels");
    }
  }

  private static long count(String what, int found, int each) {
    if (found % each != 0) {
      throw new IllegalArgumentException(
          what + ": found " + found + " numbers, wanted a multiple of " + each);
    }
    return found / each;
  }

  private float[] run(String program, String input, Tensor fed, String output) {
    try (Result result =
        session
            .runner()
            .feed(names.get(program + input), fed)
            .fetch(names.get(program + output))
            .run()) {
      return VariableState.floats((TFloat32) result.get(0));
    }
  }

  /** Frees the session if it was built here. No call may be running. */
  @Override
  public void close() {
    for (AutoCloseable resource : owned) {
      try {
        resource.close();
      } catch (Exception e) {
        throw new IllegalStateException("closing an autoencoder failed", e);
      }
    }
  }
}

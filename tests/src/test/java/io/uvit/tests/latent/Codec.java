package io.uvit.tests.latent;

import io.uvit.graph.autoencoder.Autoencoder;
import io.uvit.ops.nn.ForwardPass;
import io.uvit.ops.parameters.Variables;
import io.uvit.savedmodels.state.VariableState;
import io.uvit.savedmodels.weights.TensorFile;
import java.util.LinkedHashMap;
import java.util.Map;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** An autoencoder with weights, both directions of it and all of its taps. */
final class Codec implements AutoCloseable {
  private final Graph graph = new Graph();
  private final Session session;
  private final Placeholder<TFloat32> images;
  private final Placeholder<TFloat32> latents;
  private final Map<String, Operand<TFloat32>> taps = new LinkedHashMap<>();
  private final Operand<TFloat32> moments;
  private final Operand<TFloat32> decoded;

  /**
   * @param weights named without {@link Autoencoder#PREFIX}
   */
  Codec(Autoencoder autoencoder, TensorFile weights) {
    Ops tf = Ops.create(graph);
    Variables variables = new Variables(tf, "", autoencoder.parameters());
    images = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, -1, -1, 3)));
    latents =
        tf.placeholder(
            TFloat32.class, Placeholder.shape(Shape.of(-1, -1, -1, autoencoder.latentChannels())));
    ForwardPass encoding = new ForwardPass(tf.withSubScope("encode"), variables);
    moments = autoencoder.moments(encoding, images);
    ForwardPass decoding = new ForwardPass(tf.withSubScope("decode"), variables);
    decoded = autoencoder.decode(decoding, latents);
    taps.putAll(encoding.taps());
    taps.putAll(decoding.taps());
    session = new Session(graph);
    VariableState.load(session, variables, weights.within(Autoencoder.PREFIX));
  }

  Map<String, Operand<TFloat32>> taps() {
    return taps;
  }

  /** Values and shape of a tensor. */
  record Values(float[] floats, Shape shape) {}

  /** [B, H, W, 3] to moments. */
  Values encode(float[] values, long... shape) {
    return run(images, values, shape, moments);
  }

  /** [B, h, w, z] to images. */
  Values decode(float[] values, long... shape) {
    return run(latents, values, shape, decoded);
  }

  /** Any tap of the encoder (from images) or decoder (from latents). */
  Values tap(String name, float[] values, long... shape) {
    boolean ofEncoder = name.startsWith("encoder.") || name.equals("quant_conv");
    return run(ofEncoder ? images : latents, values, shape, taps.get(name));
  }

  private Values run(
      Placeholder<TFloat32> input, float[] values, long[] shape, Operand<TFloat32> output) {
    try (TFloat32 fed = TFloat32.tensorOf(Shape.of(shape), DataBuffers.of(values, true, false));
        Result result = session.runner().feed(input, fed).fetch(output).run()) {
      TFloat32 found = (TFloat32) result.get(0);
      return new Values(VariableState.floats(found), found.shape());
    }
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}

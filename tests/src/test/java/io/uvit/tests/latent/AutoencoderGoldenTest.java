package io.uvit.tests.latent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.uvit.config.v1.Latent;
import io.uvit.graph.autoencoder.Autoencoder;
import io.uvit.graph.autoencoder.KlAutoencoder;
import io.uvit.graph.autoencoder.KlConfig;
import io.uvit.graph.autoencoder.LatentSpace;
import io.uvit.ops.parameters.ParameterList;
import io.uvit.savedmodels.state.VariableState;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.tests.golden.Fixtures;
import io.uvit.tests.golden.Layout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** The KL autoencoder against the official code: both directions, activations, the posterior. */
class AutoencoderGoldenTest {
  private static final String FIXTURE = "autoencoder";
  private static final double TOLERANCE = 1e-4;

  private static KlAutoencoder autoencoder() {
    JsonObject json = Fixtures.json(FIXTURE, "config.json");
    JsonObject config = json.getAsJsonObject("ddconfig");
    List<Integer> multipliers = new ArrayList<>();
    for (JsonElement m : config.getAsJsonArray("ch_mult")) {
      multipliers.add(m.getAsInt());
    }
    KlAutoencoder autoencoder =
        new KlAutoencoder(
            new ParameterList().scope("autoencoder"),
            new KlConfig(
                config.get("ch").getAsInt(),
                multipliers,
                config.get("num_res_blocks").getAsInt(),
                json.get("embed_dim").getAsInt()));
    assertEquals(json.get("params").getAsLong(), autoencoder.parameterCount());
    return autoencoder;
  }

  @Test
  void encodesAndDecodes() {
    try (TensorFile data = Fixtures.tensors(FIXTURE, "data.npz");
        TensorFile acts = Fixtures.tensors(FIXTURE, "acts.npz");
        TensorFile weights = Fixtures.tensors(FIXTURE, "weights.pth");
        Codec codec = new Codec(autoencoder(), weights)) {
      float[] x = nhwc(data, "x");
      float[] z = unscaled(nhwc(data, "z"), 0.18215f);
      close(data, "moments", codec.encode(x, 2, 16, 16, 3));
      close(data, "decoded", codec.decode(z, 2, 8, 8, 4));
      int compared = 0;
      for (String name : acts.entries().keySet()) {
        if (codec.taps().containsKey(name)) {
          boolean ofEncoder = name.startsWith("encoder");
          close(
              acts,
              name,
              ofEncoder ? codec.tap(name, x, 2, 16, 16, 3) : codec.tap(name, z, 2, 8, 8, 4));
          compared++;
        }
      }
      assertEquals(10, compared, "all activations but the encoder's own output under its name");
      close(acts, "encoder", codec.tap("encoder.conv_out", x, 2, 16, 16, 3));
    }
  }

  /** Means, variances and their clamps, with the recorded noise. */
  @Test
  void drawsFromThePosterior() {
    LatentSpace space =
        LatentSpace.of(Latent.newBuilder().setScaleFactor(0.18215).build(), autoencoder());
    assertEquals(8, space.momentsChannels());
    try (TensorFile data = Fixtures.tensors(FIXTURE, "data.npz");
        Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      for (String suffix : List.of("", "_x40")) {
        Operand<TFloat32> sample =
            space.sample(
                tf,
                constant(tf, nhwc(data, "moments" + suffix), 8),
                constant(tf, nhwc(data, "noise"), 4));
        Operand<TFloat32> back = space.unscaled(tf, sample);
        try (Result result = session.runner().fetch(sample).fetch(back).run()) {
          float[] found = VariableState.floats((TFloat32) result.get(0));
          float[] expected = nhwc(data, "z" + suffix);
          assertRelative(expected, found);
          assertRelative(
              unscaled(expected, 0.18215f), VariableState.floats((TFloat32) result.get(1)));
        }
      }
    }
  }

  private static void assertRelative(float[] expected, float[] found) {
    double largest = 0;
    for (float value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    assertArrayEquals(expected, found, (float) (1e-5 * Math.max(1, largest)));
  }

  private static Operand<TFloat32> constant(Ops tf, float[] values, int channels) {
    return tf.constant(Shape.of(2, 8, 8, channels), DataBuffers.of(values, true, false));
  }

  private static float[] unscaled(float[] values, float scale) {
    float[] out = new float[values.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = values[i] / scale;
    }
    return out;
  }

  private static float[] nhwc(TensorFile file, String name) {
    int[] s = file.shape(name).stream().mapToInt(Math::toIntExact).toArray();
    return Layout.toNhwc(file.floats(name), s[0], s[1], s[2], s[3]);
  }

  private static void close(TensorFile file, String name, Codec.Values found) {
    float[] expected = nhwc(file, name);
    assertEquals(expected.length, found.floats().length, name);
    double worst = 0;
    for (int i = 0; i < expected.length; i++) {
      worst = Math.max(worst, Math.abs(expected[i] - found.floats()[i]));
    }
    System.out.printf("%s: worst difference %.2g%n", name, worst);
    assertTrue(worst <= TOLERANCE, name + ": worst difference " + worst);
  }

  @Test
  void countsStableDiffusionsParameters() {
    Autoencoder official =
        new KlAutoencoder(new ParameterList().scope("autoencoder"), KlConfig.stableDiffusion(4));
    assertEquals(83_653_863, official.parameterCount());
    assertEquals(8, official.downsampling());
    assertEquals(34_163_592, count(official, "autoencoder.encoder."));
    assertEquals(49_490_179, count(official, "autoencoder.decoder."));
    assertEquals(106 + 138 + 4, official.parameters().size());
  }

  private static long count(Autoencoder autoencoder, String prefix) {
    return autoencoder.parameters().stream()
        .filter(spec -> spec.name().startsWith(prefix))
        .mapToLong(spec -> spec.size())
        .sum();
  }
}

package io.uvit.tests.golden;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.uvit.config.v1.AdamW;
import io.uvit.config.v1.Diffusion;
import io.uvit.config.v1.Discrete;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Prediction;
import io.uvit.config.v1.Train;
import io.uvit.config.v1.VpLinear;
import io.uvit.graph.model.Conditioning;
import io.uvit.graph.model.DenoiserGraph;
import io.uvit.graph.model.UViTConfig;
import io.uvit.graph.train.TrainingGraph;
import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.savedmodels.state.VariableState;
import io.uvit.savedmodels.weights.TensorFile;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * The network against the official code: output, activations, loss and the gradient of every
 * parameter.
 */
class UViTGoldenTest {

  @ParameterizedTest
  @MethodSource(Fixtures.NETWORKS)
  void matchesOfficialCode(String fixture) {
    JsonObject json = Fixtures.json(fixture, "config.json");
    // With qk_scale the official fused attention ignores it (the `out` and gradients of the
    // fixture), the math mode does not.
    boolean scaled = json.has("qk_scale") && !json.get("qk_scale").isJsonNull();
    if (scaled) {
      check(fixture, GoldenNets.config(json), "out_math", false);
      json.remove("qk_scale");
    }
    check(fixture, GoldenNets.config(json), "out", true);
  }

  private static void check(String fixture, UViTConfig config, String expected, boolean all) {
    try (TensorFile weights = Fixtures.tensors(fixture, "weights.pth");
        TensorFile data = Fixtures.tensors(fixture, "data.npz");
        TensorFile acts = Fixtures.tensors(fixture, "acts.npz");
        TensorFile grads = Fixtures.tensors(fixture, "grads.npz");
        TrainingGraph graph = new TrainingGraph(experiment(config, data));
        Session session = new Session(graph.graph())) {
      session.runner().addTarget(graph.initialize()).run().close();
      VariableState.load(session, graph.parameters(), weights);
      VariableState.load(session, graph.ema(), weights);
      forward(config, data, acts, graph, session, expected, all);
      if (all) {
        backward(fixture, config, data, grads, graph, session);
      }
    }
  }

  private static void forward(
      UViTConfig c,
      TensorFile data,
      TensorFile acts,
      TrainingGraph graph,
      Session session,
      String expected,
      boolean all) {
    int b = Math.toIntExact(data.shape("x").get(0));
    DenoiserGraph net =
        new DenoiserGraph(
            Ops.create(graph.graph()).withSubScope("denoise"), graph.model(), graph.ema());
    List<String> names = all ? List.copyOf(acts.entries().keySet()) : List.of();
    Session.Runner runner = session.runner().fetch(net.prediction());
    List<String> compared = new ArrayList<>();
    for (String name : names) {
      if (net.taps().containsKey(name)) {
        runner.fetch(net.taps().get(name));
        compared.add(name);
      }
    }
    if (all) {
      assertTrue(
          compared.containsAll(List.of("tokens", "mid_block", "norm", "decoder_pred")),
          compared::toString);
      System.out.println(
          "activations compared: "
              + compared
              + ", not tapped: "
              + names.stream().filter(n -> !compared.contains(n)).toList());
    }
    try (Tensor x = images(data.floats("x"), b, c);
        Tensor t = vector(data.floats("timesteps"))) {
      runner.feed(net.x(), x).feed(net.t(), t);
      Map<Operand<?>, Tensor> condition =
          condition(c, data, b, net.label().orElse(null), net.context().orElse(null));
      condition.forEach(runner::feed);
      try (Result result = runner.run()) {
        float[] out = VariableState.floats((TFloat32) result.get(0));
        assertClose(
            expected,
            data.floats(expected),
            Layout.toNchw(out, b, c.channels(), c.imageHeight(), c.imageWidth()),
            5e-5);
        for (int i = 0; i < compared.size(); i++) {
          float[] found = VariableState.floats((TFloat32) result.get(i + 1));
          if (compared.get(i).equals("final_layer")) {
            found = Layout.toNchw(found, b, c.channels(), c.imageHeight(), c.imageWidth());
          }
          assertClose(compared.get(i), acts.floats(compared.get(i)), found, 5e-5);
        }
      }
      condition.values().forEach(Tensor::close);
    }
  }

  private static void backward(
      String fixture,
      UViTConfig c,
      TensorFile data,
      TensorFile grads,
      TrainingGraph graph,
      Session session) {
    GoldenGradients gradients = GoldenGradients.of(graph, session, c, data);
    List<ParameterSpec> specs = gradients.specs();
    assertEquals(grads.entries().size(), specs.size());
    float[] expectedLoss = data.floats("loss");
    float[] loss = gradients.lossPerImage();
    assertEquals(expectedLoss.length, loss.length);
    for (int i = 0; i < loss.length; i++) {
      assertEquals(expectedLoss[i], loss[i], 1e-5 * expectedLoss[i], "loss of image " + i);
    }
    double worst = 0;
    for (int i = 0; i < specs.size(); i++) {
      String name = specs.get(i).name();
      float[] expected = grads.floats(name);
      double relative = GoldenGradients.assertOfficial(name, expected, gradients.values().get(i));
      worst = Math.max(worst, relative);
    }
    System.out.printf("%s: %d gradients, worst relative L2 %.1e%n", fixture, specs.size(), worst);
  }

  static Experiment experiment(UViTConfig c, TensorFile data) {
    Diffusion diffusion =
        data.entries().containsKey("n")
            ? Diffusion.newBuilder()
                .setDiscrete(Discrete.getDefaultInstance())
                .setPrediction(Prediction.NOISE)
                .build()
            : Diffusion.newBuilder()
                .setVpLinear(VpLinear.getDefaultInstance())
                .setPrediction(Prediction.NOISE)
                .build();
    Train train =
        Train.newBuilder()
            .setBatchSize(Math.toIntExact(data.shape("x0").get(data.shape("x0").size() - 4)))
            .setAdamw(
                AdamW.newBuilder()
                    .setLearningRate(1e-3)
                    .setBeta1(0.9)
                    .setBeta2(0.999)
                    .setEpsilon(1e-8)
                    .setWeightDecay(0))
            .setEmaDecay(0.9)
            .setSteps(100)
            .build();
    return Experiment.newBuilder()
        .setSeed(1)
        .setModel(GoldenExperiments.model(c))
        .setDiffusion(diffusion)
        .setTrain(train)
        .build();
  }

  static Map<Operand<?>, Tensor> condition(
      UViTConfig c, TensorFile data, int b, Operand<TInt32> label, Operand<TFloat32> context) {
    Map<Operand<?>, Tensor> feeds = new LinkedHashMap<>();
    if (label != null) {
      feeds.put(label, labels(data.longs("y")));
    }
    if (context != null) {
      Conditioning.Text text = (Conditioning.Text) c.conditioning();
      feeds.put(context, floats(data.floats("context"), b, text.numTokens(), text.contextDim()));
    }
    return feeds;
  }

  static Tensor images(float[] nchw, int b, UViTConfig c) {
    float[] nhwc = Layout.toNhwc(nchw, b, c.channels(), c.imageHeight(), c.imageWidth());
    return floats(nhwc, b, c.imageHeight(), c.imageWidth(), c.channels());
  }

  static Tensor vector(float[] values) {
    return floats(values, values.length);
  }

  static Tensor labels(long[] values) {
    int[] ints = new int[values.length];
    for (int i = 0; i < ints.length; i++) {
      ints[i] = Math.toIntExact(values[i]);
    }
    return TInt32.vectorOf(ints);
  }

  private static Tensor floats(float[] values, long... shape) {
    return TFloat32.tensorOf(Shape.of(shape), DataBuffers.of(values, true, false));
  }

  static void assertClose(String what, float[] expected, float[] found, double tolerance) {
    double worst = Distances.worst(expected, found);
    assertTrue(
        worst <= tolerance, what + ": worst difference " + worst + ", wanted at most " + tolerance);
  }
}

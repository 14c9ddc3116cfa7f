package io.uvit.tests.golden;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Precision;
import io.uvit.config.v1.Runtime;
import io.uvit.graph.model.ComputeTypes;
import io.uvit.graph.model.DenoiserGraph;
import io.uvit.graph.model.UViT;
import io.uvit.graph.model.UViTConfig;
import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.ops.parameters.Variables;
import io.uvit.ops.scope.GraphScope;
import io.uvit.runner.train.TrainingSession;
import io.uvit.savedmodels.state.SessionConfigs;
import io.uvit.savedmodels.state.VariableState;
import io.uvit.savedmodels.weights.TensorFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * {@code runtime.precision} BFLOAT16 and FLOAT16 against the official code in float32. A number of
 * bfloat16 has 8 significant bits, so single values are off by up to 2^-9, one of float16 has 11
 * and is off by up to 2^-12; sums of rounded products are off by a little less or more, on a CPU
 * also by the sums' own rounding.
 */
class NarrowPrecisionGoldenTest {
  /** What float32 alone is off by, at most: more shows that products were rounded. */
  private static final double FLOAT32 = 1e-5;

  @ParameterizedTest
  @MethodSource(Fixtures.NETWORKS)
  void inBfloat16LossesAndGradientsAreTheOfficialOnesButForRounding(String fixture)
      throws IOException {
    check(fixture, Precision.BFLOAT16, 1e-2, 3e-2);
  }

  /** The networks whose gradients are within float16 at the first scale of the loss, 65536. */
  static List<String> networksWithinTheFirstScale() {
    return Fixtures.networks().stream().filter(name -> !name.equals("uvit_patch1_scale")).toList();
  }

  /** The gradient is that of the loss, though the loss is scaled by 65536 on the way. */
  @ParameterizedTest
  @MethodSource("networksWithinTheFirstScale")
  void inFloat16LossesAndGradientsAreTheOfficialOnesButForRounding(String fixture)
      throws IOException {
    check(fixture, Precision.FLOAT16, 1.25e-3, 3.75e-3);
  }

  /** The pass without gradients, as sampling runs it. */
  @ParameterizedTest
  @CsvSource({
    "uvit_cond, BFLOAT16, 1e-2",
    "uvit_t2i, BFLOAT16, 1e-2",
    "uvit_uncond, FLOAT16, 1.25e-3",
    "uvit_cond, FLOAT16, 1.25e-3",
    "uvit_t2i, FLOAT16, 1.25e-3"
  })
  void predictionsAreTheOfficialOnesButForRounding(
      String fixture, Precision precision, double within) {
    UViTConfig config = GoldenNets.config(Fixtures.json(fixture, "config.json"));
    UViT model = new UViT(config);
    Runtime runtime = Runtime.newBuilder().setPrecision(precision).build();
    try (TensorFile weights = Fixtures.tensors(fixture, "weights.pth");
        TensorFile data = Fixtures.tensors(fixture, "data.npz");
        Graph graph = new Graph();
        Session session = new Session(graph, SessionConfigs.of(runtime))) {
      Ops tf = GraphScope.ops(graph);
      Variables variables = ComputeTypes.forInference(tf, model, runtime);
      DenoiserGraph net = new DenoiserGraph(tf, model, variables);
      VariableState.load(session, variables, weights);
      int b = Math.toIntExact(data.shape("x").get(0));
      Map<Operand<?>, Tensor> feeds =
          UViTGoldenTest.condition(
              config, data, b, net.label().orElse(null), net.context().orElse(null));
      feeds.put(net.x(), UViTGoldenTest.images(data.floats("x"), b, config));
      feeds.put(net.t(), UViTGoldenTest.vector(data.floats("timesteps")));
      Session.Runner runner = session.runner().fetch(net.prediction());
      feeds.forEach(runner::feed);
      try (Result result = runner.run()) {
        float[] found = VariableState.floats((TFloat32) result.get(0));
        double distance =
            Distances.relative(
                data.floats("out"),
                Layout.toNchw(
                    found, b, config.channels(), config.imageHeight(), config.imageWidth()));
        System.out.printf("%s %s: prediction %.1e%n", fixture, precision, distance);
        assertTrue(distance <= within, "prediction: relative L2 " + distance);
        assertTrue(distance > FLOAT32, "prediction: relative L2 " + distance + ", as in float32");
      } finally {
        feeds.values().forEach(Tensor::close);
      }
    }
  }

  private static void check(
      String fixture, Precision precision, double lossWithin, double gradientWithin)
      throws IOException {
    JsonObject json = Fixtures.json(fixture, "config.json");
    json.remove("qk_scale"); // the official fused attention ignores it
    UViTConfig config = GoldenNets.config(json);
    Runtime runtime = Runtime.newBuilder().setPrecision(precision).build();
    try (TensorFile data = Fixtures.tensors(fixture, "data.npz");
        TensorFile official = Fixtures.tensors(fixture, "grads.npz")) {
      Experiment experiment =
          UViTGoldenTest.experiment(config, data).toBuilder().setRuntime(runtime).build();
      GoldenGradients found =
          GoldenGradients.of(fixture, experiment, config, data, SessionConfigs.of(runtime));
      double loss = Distances.relative(data.floats("loss"), found.lossPerImage());
      List<float[]> expected = new ArrayList<>();
      for (ParameterSpec spec : found.specs()) {
        expected.add(official.floats(spec.name()));
      }
      double gradient = Distances.relative(GoldenGradients.join(expected), found.all());
      System.out.printf("%s %s: loss %.1e, gradient %.1e%n", fixture, precision, loss, gradient);
      assertTrue(loss <= lossWithin, "loss: relative L2 " + loss);
      assertTrue(gradient <= gradientWithin, "gradient: relative L2 " + gradient);
      assertTrue(gradient > FLOAT32, "gradient: relative L2 " + gradient + ", as in float32");
    }
  }

  /**
   * Twenty recorded steps: no step overflows, and each loss is the official one but for rounding.
   */
  @ParameterizedTest
  @MethodSource(Fixtures.TRAININGS)
  void inFloat16TrainingFollowsTheOfficialOne(String fixture) {
    Experiment experiment =
        GoldenExperiments.training(fixture).toBuilder()
            .setRuntime(Runtime.newBuilder().setPrecision(Precision.FLOAT16))
            .build();
    try (TrainingSession session = new TrainingSession(experiment);
        TensorFile init = Fixtures.tensors(fixture, "init.pth");
        TensorFile data = Fixtures.tensors(fixture, "data.npz")) {
      session.initialize();
      VariableState.load(session.session(), session.graph().parameters(), init);
      VariableState.load(session.session(), session.graph().ema(), init);
      double worst = 0;
      for (int step = 0; step < GoldenSteps.STEPS; step++) {
        double wanted = data.doubles("loss")[step];
        double found = GoldenSteps.run(fixture, session, step);
        worst = Math.max(worst, Math.abs(found - wanted) / wanted);
      }
      System.out.printf("%s FLOAT16: losses within %.1e%n", fixture, worst);
      assertTrue(worst <= 2e-3, "losses within " + worst);
      assertEquals(GoldenSteps.STEPS, session.count(session.graph().updates()));
    }
  }
}

package io.uvit.tests.golden;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.uvit.config.v1.Experiment;
import io.uvit.graph.model.UViTConfig;
import io.uvit.graph.train.TrainingGraph;
import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.savedmodels.state.VariableState;
import io.uvit.savedmodels.weights.TensorFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GraphOptions;
import org.tensorflow.proto.RewriterConfig;
import org.tensorflow.types.TFloat32;

/**
 * {@code train.activation_checkpointing} with the official code's weights and inputs: every
 * gradient against the one without it, and against the official code.
 */
class CheckpointedGoldenTest {
  /** Without changes by TensorFlow's graph optimizer, which round in another way. */
  private static final ConfigProto AS_BUILT =
      ConfigProto.newBuilder()
          .setGraphOptions(
              GraphOptions.newBuilder()
                  .setRewriteOptions(RewriterConfig.newBuilder().setDisableMetaOptimizer(true)))
          .build();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "uvit_uncond",
        "uvit_cond",
        "uvit_cond_latent",
        "uvit_noskip_odd",
        "uvit_patch1_scale",
        "uvit_t2i",
        "uvit_t2i_mlp"
      })
  void gradientsAreThoseOfThePlainGraphAndOfTheOfficialCode(String fixture) {
    JsonObject json = Fixtures.json(fixture, "config.json");
    json.remove("qk_scale"); // the official fused attention ignores it
    UViTConfig config = GoldenNets.config(json);
    try (TensorFile data = Fixtures.tensors(fixture, "data.npz");
        TensorFile official = Fixtures.tensors(fixture, "grads.npz")) {
      Experiment experiment = UViTGoldenTest.experiment(config, data);
      Experiment.Builder changed = experiment.toBuilder();
      changed.getTrainBuilder().setActivationCheckpointing(true);
      Gradients plain = gradients(fixture, experiment, config, data);
      Gradients found = gradients(fixture, changed.build(), config, data);
      double worst = 0;
      for (int i = 0; i < plain.specs().size(); i++) {
        String name = plain.specs().get(i).name();
        double distance = relative(plain.values().get(i), found.values().get(i));
        assertTrue(distance <= 1e-6, name + ": relative L2 " + distance);
        worst = Math.max(worst, distance);
        assertOfficial(name, official.floats(name), found.values().get(i));
      }
      System.out.printf(
          "%s: %d gradients, worst relative L2 %.1e%n", fixture, plain.specs().size(), worst);
    }
  }

  /** The gradient of each parameter. */
  private record Gradients(List<ParameterSpec> specs, List<float[]> values) {}

  private static Gradients gradients(
      String fixture, Experiment experiment, UViTConfig config, TensorFile data) {
    try (TensorFile weights = Fixtures.tensors(fixture, "weights.pth");
        TrainingGraph graph = new TrainingGraph(experiment);
        Session session = new Session(graph.graph(), AS_BUILT)) {
      session.runner().addTarget(graph.initialize()).run().close();
      VariableState.load(session, graph.parameters(), weights);
      int b = experiment.getTrain().getBatchSize();
      float[] time = data.floats(data.entries().containsKey("t") ? "t" : "n");
      Map<Operand<?>, Tensor> feeds =
          UViTGoldenTest.condition(
              config,
              data,
              b,
              graph.inputs().labelsFed().orElse(null),
              graph.inputs().contextFed().orElse(null));
      feeds.put(graph.inputs().x0(), UViTGoldenTest.images(data.floats("x0"), b, config));
      feeds.put(graph.inputs().noise(), UViTGoldenTest.images(data.floats("noise"), b, config));
      feeds.put(graph.inputs().time(), UViTGoldenTest.vector(time));
      Session.Runner runner = session.runner();
      graph.gradients().forEach(runner::fetch);
      feeds.forEach(runner::feed);
      List<float[]> values = new ArrayList<>();
      try (Result result = runner.run()) {
        for (int i = 0; i < graph.gradients().size(); i++) {
          values.add(VariableState.floats((TFloat32) result.get(i)));
        }
      }
      feeds.values().forEach(Tensor::close);
      return new Gradients(graph.model().parameters(), values);
    }
  }

  /** As without checkpointing: relative L2 1e-4, or 1e-6 absolute where it is about zero. */
  private static void assertOfficial(String name, float[] expected, float[] found) {
    double distance = relative(expected, found);
    double worst = 0;
    for (int i = 0; i < expected.length; i++) {
      worst = Math.max(worst, Math.abs(expected[i] - found[i]));
    }
    assertTrue(
        distance <= 1e-4 || worst <= 1e-6,
        name + ": relative L2 " + distance + " from the official code, worst absolute " + worst);
  }

  private static double relative(float[] expected, float[] found) {
    assertEquals(expected.length, found.length);
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < expected.length; i++) {
      difference += Math.pow(expected[i] - found[i], 2);
      norm += Math.pow(expected[i], 2);
    }
    return difference == 0 ? 0 : Math.sqrt(difference / norm);
  }
}

package io.uvit.tests.golden;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.v1.Experiment;
import io.uvit.graph.model.UViTConfig;
import io.uvit.graph.train.TrainingGraph;
import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.savedmodels.state.VariableState;
import io.uvit.savedmodels.weights.TensorFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TFloat32;

/**
 * Losses and gradients of a fixture's network on its data.
 *
 * @param specs the parameters
 * @param values the gradient of each
 * @param lossPerImage [B]
 */
@SuppressWarnings("ArrayRecordComponent") // compared number by number
record GoldenGradients(List<ParameterSpec> specs, List<float[]> values, float[] lossPerImage) {

  /** Computes them with the fixture's weights in a graph of its own. */
  static GoldenGradients of(
      String fixture,
      Experiment experiment,
      UViTConfig config,
      TensorFile data,
      ConfigProto options) {
    try (TensorFile weights = Fixtures.tensors(fixture, "weights.pth");
        TrainingGraph graph = new TrainingGraph(experiment);
        Session session = new Session(graph.graph(), options)) {
      session.runner().addTarget(graph.initialize()).run().close();
      VariableState.load(session, graph.parameters(), weights);
      return of(graph, session, config, data);
    }
  }

  /** Computes them with the session's weights. */
  static GoldenGradients of(
      TrainingGraph graph, Session session, UViTConfig config, TensorFile data) {
    int b = Math.toIntExact(data.shape("x0").get(0));
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
    Session.Runner runner = session.runner().fetch(graph.lossPerImage());
    graph.gradients().forEach(runner::fetch);
    graph.lossScale().ifPresent(scale -> runner.fetch(scale.value()));
    feeds.forEach(runner::feed);
    try (Result result = runner.run()) {
      int count = graph.gradients().size();
      float scale = graph.lossScale().isPresent() ? floats(result, count + 1)[0] : 1;
      List<float[]> values = new ArrayList<>();
      for (int i = 1; i <= count; i++) {
        values.add(dividedBy(scale, floats(result, i)));
      }
      return new GoldenGradients(graph.model().parameters(), values, floats(result, 0));
    } finally {
      feeds.values().forEach(Tensor::close);
    }
  }

  private static float[] floats(Result result, int index) {
    return VariableState.floats((TFloat32) result.get(index));
  }

  /** Exact, for the scale is a power of two. */
  private static float[] dividedBy(float scale, float[] values) {
    for (int i = 0; i < values.length; i++) {
      values[i] /= scale;
    }
    return values;
  }

  /**
   * Holds the gradient of a parameter to the official one: relative L2 distance at most 1e-4; where
   * the true gradient is about zero, 1e-6 absolute.
   *
   * @return the relative distance, 0 where the gradient is about zero
   */
  static double assertOfficial(String name, float[] expected, float[] found) {
    double relative = Distances.relative(expected, found);
    double worst = Distances.worst(expected, found);
    assertTrue(
        relative <= 1e-4 || worst <= 1e-6,
        name + ": relative L2 " + relative + " from the official code, worst absolute " + worst);
    return relative <= 1e-4 ? relative : 0;
  }

  /** All gradients as one vector. */
  float[] all() {
    return join(values);
  }

  /** Several vectors as one. */
  static float[] join(List<float[]> parts) {
    float[] all = new float[parts.stream().mapToInt(part -> part.length).sum()];
    int end = 0;
    for (float[] part : parts) {
      System.arraycopy(part, 0, all, end, part.length);
      end += part.length;
    }
    return all;
  }
}

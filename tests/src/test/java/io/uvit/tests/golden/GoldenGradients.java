package io.uvit.tests.golden;

import static org.junit.jupiter.api.Assertions.assertEquals;

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

  /** Computes them with the fixture's weights. */
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
      runner.fetch(graph.lossPerImage());
      feeds.forEach(runner::feed);
      List<float[]> values = new ArrayList<>();
      float[] losses;
      try (Result result = runner.run()) {
        for (int i = 0; i < graph.gradients().size(); i++) {
          values.add(VariableState.floats((TFloat32) result.get(i)));
        }
        losses = VariableState.floats((TFloat32) result.get(graph.gradients().size()));
      }
      feeds.values().forEach(Tensor::close);
      return new GoldenGradients(graph.model().parameters(), values, losses);
    }
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

  /** Relative L2 distance. */
  static double relative(float[] expected, float[] found) {
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

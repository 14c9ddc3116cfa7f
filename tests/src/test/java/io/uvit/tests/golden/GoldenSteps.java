package io.uvit.tests.golden;

import io.uvit.graph.model.UViTConfig;
import io.uvit.graph.train.TrainingGraph;
import io.uvit.runner.train.TrainingSession;
import io.uvit.savedmodels.weights.TensorFile;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.types.TFloat32;

/** The recorded training steps of a fixture: what they were given. */
public final class GoldenSteps {
  /** Steps of every fixture that trains. */
  public static final int STEPS = 20;

  private GoldenSteps() {}

  /** The images, noise, times and labels of a recorded step; the caller closes them. */
  static Map<Operand<?>, Tensor> feeds(
      UViTConfig config, TensorFile data, TrainingGraph graph, int step) {
    int batch = Math.toIntExact(data.shape("x0").get(1));
    Map<Operand<?>, Tensor> feeds = new LinkedHashMap<>();
    feeds.put(
        graph.inputs().x0(), UViTGoldenTest.images(row(data.floats("x0"), step), batch, config));
    feeds.put(
        graph.inputs().noise(),
        UViTGoldenTest.images(row(data.floats("noise"), step), batch, config));
    String time = data.entries().containsKey("t") ? "t" : "n";
    feeds.put(graph.inputs().time(), UViTGoldenTest.vector(row(data.floats(time), step)));
    graph
        .inputs()
        .labelsFed()
        .ifPresent(
            l ->
                feeds.put(
                    l,
                    UViTGoldenTest.labels(
                        Arrays.copyOfRange(data.longs("y"), step * batch, (step + 1) * batch))));
    return feeds;
  }

  /**
   * One training step on the inputs of a recorded one.
   *
   * @param fixture with {@code data.npz}
   * @param step of the fixture, whatever the session's is
   * @return the loss before the update
   */
  public static double run(String fixture, TrainingSession session, int step) {
    UViTConfig config = session.graph().model().config();
    TrainingGraph graph = session.graph();
    try (TensorFile data = Fixtures.tensors(fixture, "data.npz")) {
      Map<Operand<?>, Tensor> feeds = feeds(config, data, graph, step);
      Session.Runner runner =
          session.session().runner().fetch(graph.loss()).addTarget(graph.trainStep());
      feeds.forEach(runner::feed);
      try (Result result = runner.run()) {
        return ((TFloat32) result.get(0)).getFloat();
      } finally {
        feeds.values().forEach(Tensor::close);
      }
    }
  }

  private static float[] row(float[] all, int step) {
    int length = all.length / STEPS;
    return Arrays.copyOfRange(all, step * length, (step + 1) * length);
  }
}

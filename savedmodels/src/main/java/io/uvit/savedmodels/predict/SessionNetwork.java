package io.uvit.savedmodels.predict;

import io.uvit.graph.model.Conditioning;
import io.uvit.graph.model.DenoiserGraph;
import io.uvit.graph.model.UViTConfig;
import io.uvit.savedmodels.state.VariableState;
import java.util.Arrays;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * The denoiser of a graph, run in a session that holds its weights. Closing the session is the
 * caller's.
 */
public final class SessionNetwork implements Network {
  private final Session session;
  private final DenoiserGraph graph;
  private final UViTConfig config;

  /** Runs {@code graph} in {@code session}. */
  public SessionNetwork(Session session, DenoiserGraph graph, UViTConfig config) {
    this.session = session;
    this.graph = graph;
    this.config = config;
  }

  @Override
  public float[] predict(float[] x, float networkTime, Condition condition) {
    int batch = x.length / (config.imageHeight() * config.imageWidth() * config.channels());
    float[] times = new float[batch];
    Arrays.fill(times, networkTime);
    Shape shape = Shape.of(batch, config.imageHeight(), config.imageWidth(), config.channels());
    try (TFloat32 xs = TFloat32.tensorOf(shape, DataBuffers.of(x, true, false));
        TFloat32 ts = TFloat32.vectorOf(times);
        Tensor given = tensor(condition, batch)) {
      Session.Runner runner =
          session.runner().feed(graph.x(), xs).feed(graph.t(), ts).fetch(graph.prediction());
      graph.label().ifPresent(label -> runner.feed(label, given));
      graph.context().ifPresent(context -> runner.feed(context, given));
      try (Result result = runner.run()) {
        return VariableState.floats((TFloat32) result.get(0));
      }
    }
  }

  private Tensor tensor(Condition condition, int batch) {
    if (condition instanceof Condition.Labels labels) {
      return TInt32.vectorOf(labels.labels());
    }
    if (condition instanceof Condition.Contexts contexts) {
      Conditioning.Text text = (Conditioning.Text) config.conditioning();
      Shape shape = Shape.of(batch, text.numTokens(), text.contextDim());
      return TFloat32.tensorOf(shape, DataBuffers.of(contexts.values(), true, false));
    }
    return null;
  }
}

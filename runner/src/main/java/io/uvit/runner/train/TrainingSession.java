package io.uvit.runner.train;

import io.uvit.config.v1.Experiment;
import io.uvit.graph.train.Average;
import io.uvit.graph.train.Counter;
import io.uvit.graph.train.TrainingGraph;
import io.uvit.savedmodels.pipeline.SolveSession;
import io.uvit.savedmodels.state.SessionConfigs;
import io.uvit.savedmodels.state.VariableState;
import io.uvit.savedmodels.weights.TensorFile;
import java.nio.ByteBuffer;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TUint8;

/**
 * A training graph with its session and the values of its variables. Not safe for several threads.
 */
public final class TrainingSession implements AutoCloseable {
  private final TrainingGraph graph;
  private final Session session;
  private final Shape imageShape;

  /**
   * Builds the graph of a resolved experiment and opens a session; the variables have no values
   * yet.
   */
  public TrainingSession(Experiment experiment) {
    graph = new TrainingGraph(experiment);
    try {
      session = new Session(graph.graph(), SessionConfigs.of(experiment.getRuntime()));
    } catch (RuntimeException e) {
      graph.close();
      throw e;
    }
    imageShape = graph.inputs().images().shape();
  }

  /** The graph. */
  public TrainingGraph graph() {
    return graph;
  }

  /** The session. */
  public Session session() {
    return session;
  }

  /** Gives all variables their first values. */
  public void initialize() {
    session.runner().addTarget(graph.initialize()).run().close();
  }

  /**
   * Gives the parameters and all their averages the same values.
   *
   * @throws io.uvit.savedmodels.state.StateDictException if names or shapes do not match exactly
   */
  public void load(TensorFile weights) {
    VariableState.load(session, graph.parameters(), weights);
    for (Average average : graph.averages()) {
      VariableState.load(session, average.variables(), weights);
    }
  }

  /**
   * One optimizer step.
   *
   * @param images uint8 [B, H, W, C], direct
   * @param labels [B]; ignored by an unconditional model
   */
  public StepResult step(ByteBuffer images, int[] labels) {
    byte[] pixels = new byte[Math.toIntExact(imageShape.size())];
    images.duplicate().get(pixels);
    try (TUint8 imageTensor = TUint8.tensorOf(imageShape, DataBuffers.of(pixels, true, false));
        TInt32 labelTensor = TInt32.vectorOf(labels)) {
      Session.Runner runner =
          session
              .runner()
              .feed(graph.inputs().images(), imageTensor)
              .fetch(graph.loss())
              .fetch(graph.gradientNorm())
              .fetch(graph.learningRate())
              .fetch(graph.finite())
              .fetch(graph.lossPerImage())
              .fetch(graph.unitTime())
              .addTarget(graph.trainStep());
      graph.inputs().labels().ifPresent(label -> runner.feed(label, labelTensor));
      try (Result result = runner.run()) {
        return new StepResult(
            ((TFloat32) result.get(0)).getFloat(),
            ((TFloat32) result.get(1)).getFloat(),
            ((TFloat64) result.get(2)).getDouble(),
            ((TBool) result.get(3)).getBoolean(),
            VariableState.floats((TFloat32) result.get(4)),
            VariableState.floats((TFloat32) result.get(5)));
      }
    }
  }

  /** The network with averaged weights, for previews. */
  public SolveSession emaSolver() {
    return new SolveSession(session, graph.emaSolver().tensorNames(), graph.model().config());
  }

  /** The value of a counter. */
  public long count(Counter counter) {
    try (Result result = session.runner().fetch(counter.value()).run()) {
      return ((TInt64) result.get(0)).getLong();
    }
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}

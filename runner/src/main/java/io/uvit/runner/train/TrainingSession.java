package io.uvit.runner.train;

import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Runtime;
import io.uvit.graph.train.Average;
import io.uvit.graph.train.Counter;
import io.uvit.graph.train.PreviewProgram;
import io.uvit.graph.train.StepInputs;
import io.uvit.graph.train.TrainingGraph;
import io.uvit.savedmodels.state.SessionConfigs;
import io.uvit.savedmodels.state.VariableState;
import io.uvit.savedmodels.weights.TensorFile;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.proto.RunOptions;
import org.tensorflow.proto.StepStats;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TUint8;

/**
 * A training graph with its session and the values of its variables. Where the experiment has
 * previews, the graph has their program too. Not safe for several threads, but for what {@link
 * #takeAverages} gives.
 */
public final class TrainingSession implements AutoCloseable {
  private final TrainingGraph graph;
  private final Optional<PreviewProgram> previews;
  private final Session session;
  private float[] emptyContext = new float[0];
  private RunOptions.TraceLevel traceLevel = RunOptions.TraceLevel.NO_TRACE;
  private Optional<Consumer<StepStats>> tracer = Optional.empty();

  /**
   * Builds the graph of a resolved experiment and opens a session; the variables have no values
   * yet.
   */
  public TrainingSession(Experiment experiment) {
    graph = new TrainingGraph(experiment);
    try {
      Runtime runtime = experiment.getRuntime();
      previews =
          experiment.getTrain().getPreviewEvery() > 0
              ? Optional.of(new PreviewProgram(graph, runtime))
              : Optional.empty();
      session =
          new Session(
              graph.graph(),
              previews.isPresent()
                  ? SessionConfigs.withSidePool(runtime)
                  : SessionConfigs.of(runtime));
    } catch (RuntimeException e) {
      graph.close();
      throw e;
    }
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
   * Sets the text that replaces dropped ones, numTokens * contextDim numbers; needed before the
   * first step of a text model with label dropout.
   */
  public void setEmptyContext(float[] values) {
    emptyContext = values.clone();
  }

  /**
   * One optimizer step of a network on pixels.
   *
   * @param images uint8 [B, H, W, C]
   * @param labels [B]; ignored by an unconditional model
   */
  public StepResult step(ByteBuffer images, int[] labels) {
    StepInputs inputs = graph.inputs();
    return run(
        feeds -> {
          inputs.images().ifPresent(p -> feeds.add(p, bytes(p.shape(), images)));
          inputs.labels().ifPresent(p -> feeds.add(p, TInt32.vectorOf(labels)));
        });
  }

  /**
   * One optimizer step of a network on latents.
   *
   * @param moments float32 [B, h, w, m]
   * @param labels [B]; ignored by a model without labels
   * @param contexts float32 [B, numTokens, contextDim]; ignored by a model without texts
   */
  public StepResult step(FloatBuffer moments, int[] labels, FloatBuffer contexts) {
    StepInputs inputs = graph.inputs();
    return run(
        feeds -> {
          inputs.moments().ifPresent(p -> feeds.add(p, floats(p.shape(), moments)));
          inputs.labels().ifPresent(p -> feeds.add(p, TInt32.vectorOf(labels)));
          inputs.context().ifPresent(p -> feeds.add(p, floats(p.shape(), contexts)));
          inputs
              .emptyContext()
              .ifPresent(p -> feeds.add(p, floats(p.shape(), FloatBuffer.wrap(emptyContext))));
        });
  }

  /**
   * Has TensorFlow trace every step from now on, which makes them slower.
   *
   * @param level SOFTWARE_TRACE for TensorFlow's own statistics of its ops, FULL_TRACE with those
   *     of a GPU's profiler
   * @param listener is given the statistics of each step
   */
  public void trace(RunOptions.TraceLevel level, Consumer<StepStats> listener) {
    traceLevel = level;
    tracer = Optional.of(listener);
  }

  private StepResult run(Consumer<Feeds> feeding) {
    try (Feeds feeds = new Feeds(session.runner())) {
      feeding.accept(feeds);
      feeds
          .runner
          .fetch(graph.loss())
          .fetch(graph.gradientNorm())
          .fetch(graph.learningRate())
          .fetch(graph.finite())
          .fetch(graph.lossPerImage())
          .fetch(graph.unitTime())
          .addTarget(graph.trainStep());
      graph.lossScale().ifPresent(scale -> feeds.runner.fetch(scale.value()));
      try (Result result = tracer.isPresent() ? traced(feeds.runner) : feeds.runner.run()) {
        return new StepResult(
            ((TFloat32) result.get(0)).getFloat(),
            ((TFloat32) result.get(1)).getFloat(),
            ((TFloat64) result.get(2)).getDouble(),
            ((TBool) result.get(3)).getBoolean(),
            graph.lossScale().isPresent()
                ? OptionalDouble.of(((TFloat32) result.get(6)).getFloat())
                : OptionalDouble.empty(),
            VariableState.floats((TFloat32) result.get(4)),
            VariableState.floats((TFloat32) result.get(5)));
      }
    }
  }

  private Result traced(Session.Runner runner) {
    RunOptions options = RunOptions.newBuilder().setTraceLevel(traceLevel).build();
    Result result = runner.setOptions(options).runAndFetchMetadata();
    tracer.orElseThrow().accept(result.getMetadata().orElseThrow().getStepStats());
    return result;
  }

  private static TUint8 bytes(Shape shape, ByteBuffer data) {
    byte[] values = new byte[Math.toIntExact(shape.size())];
    data.duplicate().get(values);
    return TUint8.tensorOf(shape, DataBuffers.of(values, true, false));
  }

  private static TFloat32 floats(Shape shape, FloatBuffer data) {
    float[] values = new float[Math.toIntExact(shape.size())];
    data.duplicate().get(values);
    return TFloat32.tensorOf(shape, DataBuffers.of(values, true, false));
  }

  /** Tensors fed to a run, closed after it. */
  private static final class Feeds implements AutoCloseable {
    private final Session.Runner runner;
    private final List<Tensor> tensors = new ArrayList<>();

    Feeds(Session.Runner runner) {
      this.runner = runner;
    }

    void add(Operand<?> input, Tensor value) {
      tensors.add(value);
      runner.feed(input, value);
    }

    @Override
    public void close() {
      tensors.forEach(Tensor::close);
    }
  }

  /**
   * Takes the averaged weights as they are, to sample with while the session trains on. What was
   * taken before must be closed.
   *
   * @throws IllegalStateException if the experiment has no previews
   */
  public AveragedWeights takeAverages() {
    PreviewProgram program =
        previews.orElseThrow(() -> new IllegalStateException("train.preview_every is 0"));
    return AveragedWeights.take(session, program, graph.model().config());
  }

  /** The value of a scalar of the graph that depends on variables alone. */
  float scalar(Operand<TFloat32> value) {
    try (Result result = session.runner().fetch(value).run()) {
      return ((TFloat32) result.get(0)).getFloat();
    }
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

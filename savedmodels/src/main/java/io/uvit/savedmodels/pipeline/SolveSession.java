package io.uvit.savedmodels.pipeline;

import io.uvit.graph.loop.LoopRows;
import io.uvit.graph.model.Conditioning;
import io.uvit.graph.model.UViTConfig;
import io.uvit.savedmodels.state.VariableState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.proto.RunOptions;
import org.tensorflow.proto.StepStats;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;

/**
 * The {@code solve} program of a graph ({@link io.uvit.graph.loop.SolverProgram}) in a session that
 * holds the weights. Safe for any number of threads. Closing the session is the caller's.
 */
public final class SolveSession {
  private final Session session;
  private final Map<String, String> names;
  private final UViTConfig model;
  private final RunOptions options;
  private final Optional<Consumer<StepStats>> tracer;

  /**
   * A solve program in a session.
   *
   * @param session holds the weights; not closed here
   * @param names tensor names of the program's inputs and outputs by key
   * @param model the network's shape
   */
  public SolveSession(Session session, Map<String, String> names, UViTConfig model) {
    this(session, names, model, RunOptions.getDefaultInstance(), Optional.empty());
  }

  private SolveSession(
      Session session,
      Map<String, String> names,
      UViTConfig model,
      RunOptions options,
      Optional<Consumer<StepStats>> tracer) {
    this.session = session;
    this.names = Map.copyOf(names);
    this.model = model;
    this.options = options;
    this.tracer = tracer;
  }

  /**
   * The same program with TensorFlow's statistics of its ops, which make it slower.
   *
   * @param listener is given those of each run
   */
  public SolveSession traced(Consumer<StepStats> listener) {
    RunOptions traced =
        options.toBuilder().setTraceLevel(RunOptions.TraceLevel.SOFTWARE_TRACE).build();
    return new SolveSession(session, names, model, traced, Optional.of(listener));
  }

  /** The same program, run with TensorFlow's options for a run. */
  public SolveSession with(RunOptions runOptions) {
    return new SolveSession(session, names, model, runOptions, tracer);
  }

  /**
   * The solver's images between two rows.
   *
   * @param registers R * B * H * W * C numbers
   * @param denoised the estimate of the clean images at the last evaluation, B * H * W * C; empty
   *     before the first
   */
  @SuppressWarnings("ArrayRecordComponent") // large arrays that are handed on, never compared
  public record State(float[] registers, float[] denoised) {
    /** Register 0 at the start, the other registers 0. */
    public static State of(float[] start, int registers) {
      return new State(Arrays.copyOf(start, registers * start.length), new float[0]);
    }

    /** Register 0 of a batch of {@code length} numbers. */
    public float[] images(int length) {
      return Arrays.copyOf(registers, length);
    }
  }

  /**
   * What is the same for all rows of a batch.
   *
   * @param seed of a stochastic solver's noise
   * @param firstImage number of the first image within the seed
   * @param images B
   * @param condition one for each image
   * @param negative one for each image
   * @param guidanceRescale phi in [0, 1]; 0 = none
   * @param quantile of dynamic thresholding; 0 = none
   * @param inpainting known pixels of this batch
   */
  public record Batch(
      long seed,
      long firstImage,
      int images,
      Condition condition,
      Condition negative,
      double guidanceRescale,
      double quantile,
      Optional<Inpainting> inpainting) {}

  /**
   * Runs rows one after the other in one call of the session.
   *
   * @param state where the rows before left off; not changed
   * @param rows with the state's number of registers
   * @return registers after the last row, and its estimate of the clean images
   * @throws org.tensorflow.exceptions.TensorFlowException if TensorFlow fails
   */
  public State run(State state, LoopRows rows, Batch batch) {
    int count = rows.count();
    int r = rows.registers();
    try (Feeds feeds = new Feeds(session.runner())) {
      feeds.add("registers", floats(state.registers(), imageShape(r, batch.images())));
      feeds.add("network_time", floats(rows.networkTime(), count));
      feeds.add("coefficients", floats(rows.coefficients(), count, r, r + 2));
      feeds.add("denoised_coefficients", floats(rows.denoised(), count, 2));
      feeds.add("guidance_scale", floats(rows.guidanceScale(), count));
      feeds.add("noise_step", TInt32.vectorOf(rows.noiseStep()));
      feeds.add("images", TInt64.vectorOf(numbers(batch)));
      feeds.add("seed", TInt64.scalarOf(batch.seed()));
      feeds.add("guidance_rescale", TFloat32.scalarOf((float) batch.guidanceRescale()));
      feeds.add("quantile", TFloat32.scalarOf((float) batch.quantile()));
      feeds.addCondition("", batch.condition(), batch.images());
      feeds.addCondition("negative_", batch.negative(), batch.images());
      // Always fed: each set of fed tensors is optimised anew by TensorFlow at its first call.
      feeds.addInpainting(batch.inpainting());
      feeds.runner.fetch(names.get("registers_out")).fetch(names.get("denoised"));
      try (Result result = run(feeds.runner.setOptions(options))) {
        return new State(
            VariableState.floats((TFloat32) result.get(0)),
            VariableState.floats((TFloat32) result.get(1)));
      }
    }
  }

  private Result run(Session.Runner runner) {
    if (tracer.isEmpty()) {
      return runner.run();
    }
    Result result = runner.runAndFetchMetadata();
    tracer.get().accept(result.getMetadata().orElseThrow().getStepStats());
    return result;
  }

  private static long[] numbers(Batch batch) {
    long[] numbers = new long[batch.images()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = batch.firstImage() + i;
    }
    return numbers;
  }

  private long[] imageShape(long... outer) {
    long[] shape = Arrays.copyOf(outer, outer.length + 3);
    shape[outer.length] = model.imageHeight();
    shape[outer.length + 1] = model.imageWidth();
    shape[outer.length + 2] = model.channels();
    return shape;
  }

  private static TFloat32 floats(float[] values, long... shape) {
    return TFloat32.tensorOf(Shape.of(shape), DataBuffers.of(values, true, false));
  }

  /** Tensors fed to a run, closed after it. */
  private final class Feeds implements AutoCloseable {
    private final Session.Runner runner;
    private final List<Tensor> tensors = new ArrayList<>();

    Feeds(Session.Runner runner) {
      this.runner = runner;
    }

    void add(String key, Tensor value) {
      tensors.add(value);
      runner.feed(names.get(key), value);
    }

    void addCondition(String prefix, Condition condition, int images) {
      if (condition instanceof Condition.Labels labels) {
        add(prefix + "label", TInt32.vectorOf(labels.values()));
      } else if (condition instanceof Condition.Contexts contexts) {
        Conditioning.Text text = (Conditioning.Text) model.conditioning();
        add(
            prefix + "context",
            floats(contexts.values(), images, text.numTokens(), text.contextDim()));
      }
    }

    void addInpainting(Optional<Inpainting> inpainting) {
      if (inpainting.isEmpty()) {
        add("mask", floats(new float[] {1}, 1, 1, 1, 1));
        add("known", floats(new float[] {0}, 1, 1, 1, 1));
        return;
      }
      float[] known = inpainting.get().known();
      int length = model.imageHeight() * model.imageWidth() * model.channels();
      add("mask", floats(inpainting.get().mask(), 1, model.imageHeight(), model.imageWidth(), 1));
      add("known", floats(known, imageShape(known.length / length)));
    }

    @Override
    public void close() {
      tensors.forEach(Tensor::close);
    }
  }
}

package io.uvit.tests.bench;

import com.google.gson.JsonObject;
import io.uvit.config.ConfigLoader;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Solver;
import io.uvit.graph.loop.Program;
import io.uvit.graph.loop.SolverProgram;
import io.uvit.graph.model.Conditioning;
import io.uvit.graph.model.DenoiserGraph;
import io.uvit.graph.model.UViT;
import io.uvit.graph.model.UViTConfig;
import io.uvit.ops.parameters.Variables;
import io.uvit.runner.metrics.MemoryUse;
import io.uvit.savedmodels.pipeline.SampleListener;
import io.uvit.savedmodels.pipeline.SampleRequest;
import io.uvit.savedmodels.pipeline.Sampler;
import io.uvit.savedmodels.pipeline.SolveSession;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * What sampling costs beside bare network evaluations: in each round, in turn, N evaluations of the
 * network alone, a DPM-Solver++(2M) run of N steps as one loop in the graph, and the same run with
 * a call of the session for each step. Prints one JSON line: medians in milliseconds a step, and
 * the medians of the ratios within the rounds.
 *
 * <p>Arguments: {@code CONFIG BATCH [ROUNDS [N]]}.
 */
public final class SamplingBenchmark {
  private SamplingBenchmark() {}

  /** Runs the measurement. */
  public static void main(String[] arguments) {
    if (arguments.length < 2) {
      throw new IllegalArgumentException("wanted: CONFIG BATCH [ROUNDS [N]]");
    }
    int batch = Integer.parseInt(arguments[1]);
    int rounds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 5;
    int steps = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 10;
    Experiment experiment = ConfigLoader.load(arguments[0], List.of());
    UViT model = new UViT(UViTConfig.of(experiment.getModel()));
    UViTConfig c = model.config();
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Variables variables = new Variables(tf, "", model.parameters());
      DenoiserGraph denoiser = new DenoiserGraph(tf, model, variables);
      Program program = SolverProgram.build(tf, model, variables);
      var initialize = variables.initialize(experiment.getSeed());
      try (Session session = new Session(graph)) {
        Session.Runner runner = session.runner();
        initialize.forEach(runner::addTarget);
        runner.run().close();
        Sampler sampler =
            new Sampler(new SolveSession(session, program.tensorNames(), c), experiment);
        SampleRequest.Builder builder =
            SampleRequest.builder()
                .count(batch)
                .batchSize(batch)
                .solver(Solver.DPM_SOLVER_PP_2M)
                .steps(steps)
                .guidanceScale(1);
        if (c.conditioning() instanceof Conditioning.ClassLabel) {
          builder.labels(0);
        }
        SampleRequest request = builder.build();
        try (var evaluation = new Evaluation(session, denoiser, c, batch)) {
          Runnable bare =
              () -> {
                for (int i = 0; i < steps; i++) {
                  evaluation.run();
                }
              };
          Runnable loop = () -> sampler.sample(request, SampleListener.none());
          Runnable host = () -> sampler.sample(request, progress -> true);
          report(experiment, batch, steps, measure(rounds, bare, loop, host));
        }
      }
    }
  }

  /** One evaluation of a network on fixed noise, its result left in native memory. */
  private static final class Evaluation implements AutoCloseable {
    private final Session session;
    private final DenoiserGraph denoiser;
    private final TFloat32 x;
    private final TFloat32 t;
    private final TInt32 label;

    Evaluation(Session session, DenoiserGraph denoiser, UViTConfig c, int batch) {
      this.session = session;
      this.denoiser = denoiser;
      Shape shape = Shape.of(batch, c.imageHeight(), c.imageWidth(), c.channels());
      float[] values = new float[Math.toIntExact(shape.size())];
      Random random = new Random(1);
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian();
      }
      x = TFloat32.tensorOf(shape, DataBuffers.of(values, true, false));
      float[] times = new float[batch];
      Arrays.fill(times, 500);
      t = TFloat32.vectorOf(times);
      label = TInt32.vectorOf(new int[batch]);
    }

    void run() {
      Session.Runner runner =
          session.runner().feed(denoiser.x(), x).feed(denoiser.t(), t).fetch(denoiser.prediction());
      denoiser.label().ifPresent(l -> runner.feed(l, label));
      runner.run().close();
    }

    @Override
    public void close() {
      x.close();
      t.close();
      label.close();
    }
  }

  /** Milliseconds [kind][round], after one round that is not counted. */
  private static double[][] measure(int rounds, Runnable... kinds) {
    double[][] times = new double[kinds.length][rounds];
    for (int round = -1; round < rounds; round++) {
      for (int k = 0; k < kinds.length; k++) {
        long start = System.nanoTime();
        kinds[k].run();
        if (round >= 0) {
          times[k][round] = (System.nanoTime() - start) / 1e6;
        }
      }
    }
    return times;
  }

  private static void report(Experiment experiment, int batch, int steps, double[][] times) {
    JsonObject line = new JsonObject();
    line.addProperty("config", experiment.getName());
    line.addProperty("batch", batch);
    line.addProperty("bare_ms", round(median(times[0]) / steps));
    line.addProperty("loop_ms", round(median(times[1]) / steps));
    line.addProperty("host_ms", round(median(times[2]) / steps));
    line.addProperty("loop_to_bare", ratio(times[1], times[0]));
    line.addProperty("host_to_bare", ratio(times[2], times[0]));
    line.addProperty("peak_rss_mb", MemoryUse.now().peakResident() >> 20);
    System.out.println(line);
  }

  private static double ratio(double[] a, double[] b) {
    double[] ratios = new double[a.length];
    Arrays.setAll(ratios, i -> a[i] / b[i]);
    return round(median(ratios));
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private static double round(double value) {
    return Math.round(value * 1000) / 1000.0;
  }
}

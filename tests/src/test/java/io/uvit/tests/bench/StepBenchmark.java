package io.uvit.tests.bench;

import com.google.gson.JsonObject;
import io.uvit.config.ConfigLoader;
import io.uvit.config.v1.Experiment;
import io.uvit.graph.model.DenoiserGraph;
import io.uvit.graph.model.UViT;
import io.uvit.graph.model.UViTConfig;
import io.uvit.ops.parameters.Variables;
import io.uvit.runner.metrics.MemoryUse;
import io.uvit.runner.train.TrainingSession;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
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
 * Times one training step or one network evaluation of an experiment on random data and prints one
 * JSON line: milliseconds a step (median, least, most), images a second, peak resident memory, and
 * the CPU time used over wall time per core, which is well under 1 when another process was in the
 * way.
 *
 * <p>Arguments: {@code train|denoise CONFIG BATCH [STEPS [PATH=VALUE]...]}.
 */
public final class StepBenchmark {
  private static final int WARM_UP = 3;

  private StepBenchmark() {}

  /** Runs one measurement. */
  public static void main(String[] arguments) {
    if (arguments.length < 3) {
      throw new IllegalArgumentException(
          "wanted: train|denoise CONFIG BATCH [STEPS [PATH=VALUE]...]");
    }
    String kind = arguments[0];
    int batch = Integer.parseInt(arguments[2]);
    int steps = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 10;
    List<String> overrides = new ArrayList<>(List.of("train.batch_size=" + batch));
    Arrays.stream(arguments).skip(4).forEach(overrides::add);
    Experiment experiment = ConfigLoader.load(arguments[1], overrides);
    switch (kind) {
      case "train" -> train(experiment, batch, steps);
      case "denoise" -> denoise(experiment, batch, steps);
      default ->
          throw new IllegalArgumentException("found '" + kind + "', wanted train or denoise");
    }
  }

  private static void train(Experiment experiment, int batch, int steps) {
    try (TrainingSession session = new TrainingSession(experiment)) {
      session.initialize();
      byte[] pixels =
          new byte[Math.toIntExact(session.graph().inputs().images().orElseThrow().shape().size())];
      new Random(1).nextBytes(pixels);
      ByteBuffer images = ByteBuffer.allocateDirect(pixels.length).put(pixels).flip();
      int[] labels = new int[batch];
      report("train", experiment, batch, steps, () -> session.step(images, labels));
    }
  }

  private static void denoise(Experiment experiment, int batch, int steps) {
    UViT model = new UViT(UViTConfig.of(experiment.getModel()));
    UViTConfig c = model.config();
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Variables variables = new Variables(tf, "", model.parameters());
      DenoiserGraph denoiser = new DenoiserGraph(tf, model, variables);
      var initialize = variables.initialize(experiment.getSeed());
      try (Session session = new Session(graph)) {
        Session.Runner runner = session.runner();
        initialize.forEach(runner::addTarget);
        runner.run().close();
        try (Evaluation evaluation = new Evaluation(session, denoiser, c, batch)) {
          report("denoise", experiment, batch, steps, evaluation::run);
        }
      }
    }
  }

  /** One evaluation of a network on fixed noise, its result left in native memory. */
  static final class Evaluation implements AutoCloseable {
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

  private static void report(
      String kind, Experiment experiment, int batch, int steps, Runnable step) {
    for (int i = 0; i < WARM_UP; i++) {
      step.run();
    }
    double[] milliseconds = new double[steps];
    long cpu = cpuNanos();
    long begun = System.nanoTime();
    for (int i = 0; i < steps; i++) {
      long start = System.nanoTime();
      step.run();
      milliseconds[i] = (System.nanoTime() - start) / 1e6;
    }
    double wall = System.nanoTime() - begun;
    double share = (cpuNanos() - cpu) / wall / Runtime.getRuntime().availableProcessors();
    Arrays.sort(milliseconds);
    JsonObject line = new JsonObject();
    line.addProperty("kind", kind);
    line.addProperty("config", experiment.getName());
    line.addProperty("batch", batch);
    line.addProperty("ms_median", Math.round(milliseconds[steps / 2] * 100) / 100.0);
    line.addProperty("ms_min", Math.round(milliseconds[0] * 100) / 100.0);
    line.addProperty("ms_max", Math.round(milliseconds[steps - 1] * 100) / 100.0);
    line.addProperty("images_per_s", Math.round(1e6 * batch / milliseconds[steps / 2]) / 1e3);
    line.addProperty("cpu_per_core", Math.round(share * 100) / 100.0);
    line.addProperty("peak_rss_mb", MemoryUse.now().peakResident() >> 20);
    System.out.println(line);
  }

  private static long cpuNanos() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }
}

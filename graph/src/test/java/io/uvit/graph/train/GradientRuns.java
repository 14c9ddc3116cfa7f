package io.uvit.graph.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.ConfigLoader;
import io.uvit.config.v1.Experiment;
import io.uvit.ops.parameters.ParameterSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GraphOptions;
import org.tensorflow.proto.RewriterConfig;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TUint8;

/** Runs narrow trainings on fixed numbers, to hold one way to their gradients to another. */
final class GradientRuns {
  /** Without changes by TensorFlow's graph optimizer. */
  static final ConfigProto AS_BUILT =
      ConfigProto.newBuilder()
          .setGraphOptions(
              GraphOptions.newBuilder()
                  .setRewriteOptions(RewriterConfig.newBuilder().setDisableMetaOptimizer(true)))
          .build();

  private GradientRuns() {}

  /**
   * Holds the gradients of a training with an option to those without it.
   *
   * @param override of both trainings, one or more separated by blanks
   * @param option of the second, likewise
   * @param ofEach relative L2 of each parameter's gradient at most
   * @param ofAll relative L2 of the whole gradient at most
   */
  static void compare(
      String config,
      String override,
      String option,
      ConfigProto session,
      double ofEach,
      double ofAll) {
    List<float[]> plain = gradients(experiment(config, override.split(" ")), session);
    List<float[]> changed =
        gradients(experiment(config, (override + " " + option).split(" ")), session);
    assertEquals(plain.size(), changed.size());
    try (TrainingGraph graph = new TrainingGraph(experiment(config, override.split(" ")))) {
      List<ParameterSpec> specs = graph.model().parameters();
      double worst = 0;
      for (int i = 0; i < plain.size(); i++) {
        double distance = relative(plain.get(i), changed.get(i));
        assertTrue(distance <= ofEach, specs.get(i).name() + ": relative L2 " + distance);
        worst = Math.max(worst, distance);
      }
      double whole = relative(join(plain), join(changed));
      assertTrue(whole <= ofAll, "the whole gradient: relative L2 " + whole);
      System.out.printf(
          "%s %s %s: %d gradients, relative L2 %.1e, worst %.1e%n",
          config, override, option, plain.size(), whole, worst);
    }
  }

  /** A narrow network of four blocks and one in the middle, at batch size 2. */
  static Experiment experiment(String config, String... more) {
    List<String> overrides =
        new ArrayList<>(
            List.of(
                "model.embed_dim=16",
                "model.num_heads=2",
                "model.depth=4",
                "train.batch_size=2",
                "train.warmup_steps=0",
                "train.activation_checkpointing=false"));
    overrides.addAll(List.of(more));
    return ConfigLoader.load(config, overrides);
  }

  private static List<float[]> gradients(Experiment experiment, ConfigProto config) {
    try (TrainingGraph graph = new TrainingGraph(experiment);
        Session session = new Session(graph.graph(), config)) {
      session.runner().addTarget(graph.initialize()).run().close();
      Session.Runner runner = session.runner();
      graph.gradients().forEach(runner::fetch);
      return run(graph, runner);
    }
  }

  /** Losses of the first four steps. */
  static List<Float> losses(Experiment experiment) {
    try (TrainingGraph graph = new TrainingGraph(experiment);
        Session session = new Session(graph.graph())) {
      session.runner().addTarget(graph.initialize()).run().close();
      List<Float> losses = new ArrayList<>();
      for (int step = 0; step < 4; step++) {
        Session.Runner runner = session.runner().fetch(graph.loss()).addTarget(graph.trainStep());
        losses.add(run(graph, runner).get(0)[0]);
      }
      return losses;
    }
  }

  /** Feeds the same numbers whatever the graph. */
  static List<float[]> run(TrainingGraph graph, Session.Runner runner) {
    StepInputs inputs = graph.inputs();
    List<Tensor> fed = new ArrayList<>();
    inputs
        .images()
        .ifPresent(
            p -> {
              byte[] pixels = new byte[(int) p.shape().size()];
              for (int i = 0; i < pixels.length; i++) {
                pixels[i] = (byte) (i * 37);
              }
              fed.add(TUint8.tensorOf(p.shape(), DataBuffers.of(pixels, true, false)));
              runner.feed(p, fed.get(fed.size() - 1));
            });
    inputs.moments().ifPresent(p -> runner.feed(p, add(fed, wave(p.shape()))));
    inputs
        .labels()
        .ifPresent(
            p -> {
              int[] labels = new int[(int) p.shape().size()];
              Arrays.setAll(labels, i -> (3 + 5 * i) % 7);
              runner.feed(p, add(fed, TInt32.vectorOf(labels)));
            });
    inputs.context().ifPresent(p -> runner.feed(p, add(fed, wave(p.shape()))));
    inputs.emptyContext().ifPresent(p -> runner.feed(p, add(fed, wave(p.shape()))));
    List<float[]> values = new ArrayList<>();
    try (Result result = runner.run()) {
      for (var entry : result) {
        TFloat32 value = (TFloat32) entry.getValue();
        float[] copy = new float[(int) value.size()];
        value.asRawTensor().data().asFloats().read(copy);
        values.add(copy);
      }
    }
    fed.forEach(Tensor::close);
    return values;
  }

  private static Tensor add(List<Tensor> all, Tensor tensor) {
    all.add(tensor);
    return tensor;
  }

  private static Tensor wave(Shape shape) {
    float[] values = new float[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.sin(0.7 * i);
    }
    return TFloat32.tensorOf(shape, DataBuffers.of(values, true, false));
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

  private static double relative(float[] expected, float[] found) {
    assertEquals(expected.length, found.length);
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < expected.length; i++) {
      difference += Math.pow(expected[i] - found[i], 2);
      norm += Math.pow(expected[i], 2);
    }
    assertTrue(norm > 0, "a gradient of zeros");
    return Math.sqrt(difference / norm);
  }
}

package io.uvit.graph.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.ConfigLoader;
import io.uvit.config.v1.Experiment;
import io.uvit.ops.parameters.ParameterSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.GraphOperation;
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

/** {@code train.activation_checkpointing} against the same training without it. */
class CheckpointedGradientsTest {
  private static final String OPTION = "train.activation_checkpointing=true";

  /** Products with weights in a block: q k v, projection, two of the MLP. */
  private static final int PRODUCTS = 4;

  /** Without changes by TensorFlow's graph optimizer. */
  private static final ConfigProto AS_BUILT =
      ConfigProto.newBuilder()
          .setGraphOptions(
              GraphOptions.newBuilder()
                  .setRewriteOptions(RewriterConfig.newBuilder().setDisableMetaOptimizer(true)))
          .build();

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({
    "cifar10_uvit_small, model.depth=4",
    "cifar10_uvit_small, model.depth=2",
    "cifar10_uvit_small, model.mlp_time_embed=true",
    "cifar10_uvit_small, model.skip=NONE",
    "imagenet64_uvit_mid, model.qkv_bias=true",
    "imagenet256_uvit_large, model.final_conv=false",
    "mscoco_uvit_small, model.depth=2",
    "mscoco_uvit_small, model.mlp_time_embed=true"
  })
  void gradientsAreThePlainOnes(String config, String override) {
    compare(config, override, AS_BUILT, 1e-6);
  }

  /**
   * TensorFlow's graph optimizer joins ops of a forward pass that no gradient reads into others,
   * which round in another way.
   */
  @Test
  void gradientsOfOptimizedGraphsAreThePlainOnesButForRounding() {
    compare("mscoco_uvit_small", "model.depth=2", ConfigProto.getDefaultInstance(), 1e-5);
  }

  private static void compare(
      String config, String override, ConfigProto session, double tolerance) {
    List<float[]> plain = gradients(experiment(config, override), session);
    List<float[]> checkpointed = gradients(experiment(config, override, OPTION), session);
    assertEquals(plain.size(), checkpointed.size());
    try (TrainingGraph graph = new TrainingGraph(experiment(config, override))) {
      List<ParameterSpec> specs = graph.model().parameters();
      double worst = 0;
      for (int i = 0; i < plain.size(); i++) {
        double distance = relative(plain.get(i), checkpointed.get(i));
        assertTrue(distance <= tolerance, specs.get(i).name() + ": relative L2 " + distance);
        worst = Math.max(worst, distance);
      }
      System.out.printf(
          "%s %s: %d gradients, worst relative L2 %.1e%n", config, override, plain.size(), worst);
    }
  }

  @Test
  void lossesOfTheFirstStepsAreThePlainOnes() {
    List<Float> plain = losses(experiment("imagenet64_uvit_mid"));
    List<Float> checkpointed = losses(experiment("imagenet64_uvit_mid", OPTION));
    for (int i = 0; i < plain.size(); i++) {
      assertEquals(plain.get(i), checkpointed.get(i), 1e-5 * plain.get(i), "step " + i);
    }
    assertTrue(plain.get(0) > plain.get(plain.size() - 1) * 1.0001, plain::toString);
  }

  /** What is new in the graph is the products of all blocks once more, and nothing else. */
  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void eachBlockIsBuiltTwice(int depth) {
    String override = "model.depth=" + depth;
    try (TrainingGraph plain = new TrainingGraph(experiment("cifar10_uvit_small", override));
        TrainingGraph graph =
            new TrainingGraph(experiment("cifar10_uvit_small", override, OPTION))) {
      int products = (depth + 1) * PRODUCTS + depth / 2; // and one for each long skip
      assertEquals(products, count(graph, "MatMul") - count(plain, "MatMul"));
      assertEquals(2 * (depth + 1), count(graph, "BatchMatMulV3") - count(plain, "BatchMatMulV3"));
      assertEquals(count(plain, "ReadVariableOp"), count(graph, "ReadVariableOp"));
    }
  }

  /** Else all activations would stay alive from the forward pass to the gradients. */
  @Test
  void gradientsReadNothingFromWithinTheFirstComputation() {
    try (TrainingGraph graph = new TrainingGraph(experiment("cifar10_uvit_small", OPTION))) {
      Set<String> readBeyond = new HashSet<>();
      for (GraphOperation op : operations(graph)) {
        if (!op.name().matches("(uvit|solve)/.*")) {
          for (int i = 0; i < op.numInputs(); i++) {
            String input = op.input(i).op().name();
            if (input.matches("uvit/(in_blocks|mid_block|out_blocks).*")) {
              readBeyond.add(input);
            }
          }
        }
      }
      // what comes out of the five blocks, and nothing else
      assertEquals(5, readBeyond.size(), readBeyond::toString);
    }
  }

  private static Experiment experiment(String config, String... more) {
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

  private static List<Float> losses(Experiment experiment) {
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
  private static List<float[]> run(TrainingGraph graph, Session.Runner runner) {
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
    inputs.labels().ifPresent(p -> runner.feed(p, add(fed, TInt32.vectorOf(3, 1))));
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

  private static List<GraphOperation> operations(TrainingGraph graph) {
    List<GraphOperation> all = new ArrayList<>();
    Iterator<GraphOperation> operations = graph.graph().operations();
    operations.forEachRemaining(all::add);
    return all;
  }

  private static long count(TrainingGraph graph, String type) {
    return operations(graph).stream().filter(op -> op.type().equals(type)).count();
  }
}

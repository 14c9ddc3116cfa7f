package io.uvit.tests.golden;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.uvit.graph.model.UViTConfig;
import io.uvit.graph.train.TrainingGraph;
import io.uvit.ops.parameters.Variables;
import io.uvit.savedmodels.state.VariableState;
import io.uvit.savedmodels.weights.TensorFile;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

/**
 * Twenty training steps of the official code with recorded times and noise: loss, gradient norm and
 * learning rate of every step; weights, moving average and AdamW's moments.
 */
class TrainingGoldenTest {
  private static final double RELATIVE = 1e-4;

  @ParameterizedTest
  @MethodSource(Fixtures.TRAININGS)
  void matchesOfficialTraining(String fixture) {
    JsonObject json = Fixtures.json(fixture, "config.json");
    UViTConfig config = GoldenNets.config(json.getAsJsonObject("nnet"));
    try (TensorFile init = Fixtures.tensors(fixture, "init.pth");
        TensorFile data = Fixtures.tensors(fixture, "data.npz");
        TrainingGraph graph = new TrainingGraph(GoldenExperiments.training(fixture));
        Session session = new Session(graph.graph())) {
      session.runner().addTarget(graph.initialize()).run().close();
      VariableState.load(session, graph.parameters(), init);
      VariableState.load(session, graph.ema(), init);
      for (int step = 0; step < GoldenSteps.STEPS; step++) {
        if (step == 5) {
          try (TensorFile five = Fixtures.tensors(fixture, "params_after_5.npz")) {
            assertWeights(session, graph.parameters(), five::doubles);
          }
        }
        checkStep(config, data, graph, session, step);
      }
      checkFinal(fixture, graph, session);
    }
  }

  private static void checkStep(
      UViTConfig config, TensorFile data, TrainingGraph graph, Session session, int step) {
    int batch = Math.toIntExact(data.shape("x0").get(1));
    Map<Operand<?>, Tensor> feeds = GoldenSteps.feeds(config, data, graph, step);
    Session.Runner runner =
        session
            .runner()
            .fetch(graph.loss())
            .fetch(graph.gradientNorm())
            .fetch(graph.learningRate())
            .fetch(graph.lossPerImage())
            .addTarget(graph.trainStep());
    feeds.forEach(runner::feed);
    try (Result result = runner.run()) {
      close("loss", step, data.doubles("loss")[step], ((TFloat32) result.get(0)).getFloat());
      close("norm", step, data.doubles("grad_norm")[step], ((TFloat32) result.get(1)).getFloat());
      double rate = data.doubles("lr")[step];
      assertEquals(rate, ((TFloat64) result.get(2)).getDouble(), 1e-15 * rate, "rate " + step);
      float[] each = VariableState.floats((TFloat32) result.get(3));
      for (int i = 0; i < batch; i++) {
        close("image " + i, step, data.doubles("loss_per_image")[step * batch + i], each[i]);
      }
    }
    feeds.values().forEach(Tensor::close);
  }

  private static void checkFinal(String fixture, TrainingGraph graph, Session session) {
    try (TensorFile exact = Fixtures.tensors(fixture, "final_f64.npz");
        TensorFile weights = Fixtures.tensors(fixture, "ckpt/nnet.pth");
        TensorFile averages = Fixtures.tensors(fixture, "ckpt/nnet_ema.pth");
        TensorFile moments = Fixtures.tensors(fixture, "ckpt/optimizer.pth")) {
      assertWeights(session, graph.parameters(), n -> exact.doubles("param/" + n));
      assertWeights(session, graph.parameters(), weights::doubles);
      assertWeights(session, graph.ema(), n -> exact.doubles("ema/" + n));
      assertWeights(session, graph.ema(), averages::doubles);
      assertMoments(session, graph.firstMoments(), moments, "exp_avg");
      assertMoments(session, graph.secondMoments(), moments, "exp_avg_sq");
    }
  }

  private static void close(String what, int step, double expected, double found) {
    assertEquals(expected, found, RELATIVE * expected, what + " of step " + step);
  }

  /** Within 2e-5 for all but 0.1 % of the elements. */
  static void assertWeights(
      Session session, Variables variables, Function<String, double[]> expected) {
    long[] counts = new long[2];
    VariableState.forEach(
        session,
        variables,
        (spec, found) -> {
          double[] wanted = expected.apply(spec.name());
          assertEquals(wanted.length, found.length, spec.name());
          counts[0] += found.length;
          for (int i = 0; i < found.length; i++) {
            // Written so that a value that is not a number counts as far off.
            counts[1] += Math.abs(wanted[i] - found[i]) <= 2e-5 ? 0 : 1;
          }
        });
    assertTrue(counts[1] * 1000 <= counts[0], counts[1] + " of " + counts[0] + " are off");
  }

  /** Relative L2 distance of each tensor at most 1e-4; parameter i has index i. */
  private static void assertMoments(
      Session session, Variables variables, TensorFile file, String name) {
    int[] index = {0};
    VariableState.forEach(
        session,
        variables,
        (spec, found) -> {
          double[] wanted = file.doubles("state/" + index[0]++ + "/" + name);
          double relative = Distances.relative(wanted, found);
          assertTrue(relative <= RELATIVE, spec.name() + " " + name + ": relative L2 " + relative);
        });
    assertEquals(variables.specs().size(), index[0]);
  }
}

package io.uvit.tests.golden;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.uvit.graph.model.Conditioning;
import io.uvit.graph.model.UViT;
import io.uvit.graph.model.UViTConfig;
import io.uvit.ops.nn.ForwardPass;
import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.savedmodels.state.VariableState;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * The network against numbers of the official code (PyTorch 1.13.1, float32, attention mode
 * "math"), with weights and inputs given by formula: images of 8 x 8, patch 2, D 16, depth 4, two
 * heads.
 */
class UViTFormulaTest {
  private static final double AMPLITUDE = 0.25;
  private static final Conditioning NONE = new Conditioning.Unconditional();
  private static final Conditioning FIVE = new Conditioning.ClassLabel(5, OptionalInt.empty());

  /** Sum, sum of squares, first four and last of the output in PyTorch's order. */
  record Case(String name, UViTConfig config, int tensors, double[] expected) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Case> cases() {
    return Stream.of(
        new Case(
            "unconditional",
            Formula.net(3, NONE, true, true, false),
            68,
            new double[] {
              -123.37696, 149.35185, -0.3915968, -0.4421781, -0.4965202, -0.4300401, -0.2324240
            }),
        new Case(
            "5 classes",
            Formula.net(3, FIVE, true, true, false),
            69,
            new double[] {
              -24.28268, 244.19162, -0.0055179, 0.1338750, 0.1146013, 0.1073806, 0.2913964
            }),
        new Case(
            "no final convolution",
            Formula.net(4, FIVE, false, true, false),
            67,
            new double[] {
              -73.73901, 615.17966, 1.7519692, 1.6158994, 1.6309720, 1.4939455, 0.6854328
            }),
        new Case(
            "time MLP and biases of q, k, v",
            Formula.net(3, FIVE, true, true, true),
            78,
            new double[] {
              119.29963, 152.37392, 0.3049157, 0.3541572, 0.3152450, 0.3317673, 0.3634326
            }),
        new Case(
            "no long skips",
            Formula.net(3, NONE, true, false, false),
            64,
            new double[] {
              9.48554, 560.37401, -0.3911554, -0.5461167, -0.6035411, -0.5462737, 0.4720554
            }),
        new Case(
            "text",
            Formula.net(4, new Conditioning.Text(5, 12), true, true, false),
            70,
            new double[] {
              113.37940, 804.42399, -0.3439318, -0.4917013, -0.4355742, -0.5463271, 0.9349750
            }));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void outputIsTheOfficialOne(Case c) {
    UViT model = new UViT(c.config());
    List<ParameterSpec> specs = model.parameters();
    assertEquals(c.tensors(), specs.size());
    int channels = c.config().channels();
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      ForwardPass pass =
          new ForwardPass(
              tf,
              spec ->
                  Formula.constant(
                      tf, Formula.weights(specs, specs.indexOf(spec), AMPLITUDE), spec.shape()));
      float[] x = Formula.input(Formula.BATCH * channels * Formula.SIZE * Formula.SIZE);
      Operand<TFloat32> output =
          model.apply(pass, Formula.inputs(tf, c.config(), Formula.images(tf, x, channels)));
      try (Result result = session.runner().fetch(output).run()) {
        float[] nhwc = VariableState.floats((TFloat32) result.get(0));
        check(
            c.expected(), Layout.toNchw(nhwc, Formula.BATCH, channels, Formula.SIZE, Formula.SIZE));
      }
    }
  }

  private static void check(double[] expected, float[] found) {
    double sum = 0;
    double squares = 0;
    for (float v : found) {
      sum += v;
      squares += (double) v * v;
    }
    assertEquals(expected[0], sum, 1e-4 * Math.abs(expected[0]), "sum");
    assertEquals(expected[1], squares, 1e-4 * expected[1], "sum of squares");
    for (int i = 0; i < 4; i++) {
      assertEquals(expected[2 + i], found[i], 1e-5, "element " + i);
    }
    assertEquals(expected[6], found[found.length - 1], 1e-5, "last element");
  }
}

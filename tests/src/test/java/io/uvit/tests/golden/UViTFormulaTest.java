package io.uvit.tests.golden;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.uvit.graph.model.Conditioning;
import io.uvit.graph.model.UViT;
import io.uvit.graph.model.UViTConfig;
import io.uvit.ops.nn.ForwardPass;
import io.uvit.ops.optim.AdamW;
import io.uvit.ops.optim.Gradients;
import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.ops.parameters.Variables;
import io.uvit.savedmodels.state.VariableState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt64;

/**
 * The network against numbers of the official code (PyTorch 1.13.1, float32, attention mode
 * "math"), with weights and inputs given by formula: images of 8 x 8, patch 2, D 16, depth 4, two
 * heads.
 */
class UViTFormulaTest {
  private static final int BATCH = 2;
  private static final int SIZE = 8;
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
            net(3, NONE, true, true, false),
            68,
            new double[] {
              -123.37696, 149.35185, -0.3915968, -0.4421781, -0.4965202, -0.4300401, -0.2324240
            }),
        new Case(
            "5 classes",
            net(3, FIVE, true, true, false),
            69,
            new double[] {
              -24.28268, 244.19162, -0.0055179, 0.1338750, 0.1146013, 0.1073806, 0.2913964
            }),
        new Case(
            "no final convolution",
            net(4, FIVE, false, true, false),
            67,
            new double[] {
              -73.73901, 615.17966, 1.7519692, 1.6158994, 1.6309720, 1.4939455, 0.6854328
            }),
        new Case(
            "time MLP and biases of q, k, v",
            net(3, FIVE, true, true, true),
            78,
            new double[] {
              119.29963, 152.37392, 0.3049157, 0.3541572, 0.3152450, 0.3317673, 0.3634326
            }),
        new Case(
            "no long skips",
            net(3, NONE, true, false, false),
            64,
            new double[] {
              9.48554, 560.37401, -0.3911554, -0.5461167, -0.6035411, -0.5462737, 0.4720554
            }),
        new Case(
            "text",
            net(4, new Conditioning.Text(5, 12), true, true, false),
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
                  constant(
                      tf, Formula.weights(specs, specs.indexOf(spec), AMPLITUDE), spec.shape()));
      float[] x = Formula.input(BATCH * channels * SIZE * SIZE);
      Operand<TFloat32> output = model.apply(pass, inputs(tf, c.config(), images(tf, x, channels)));
      try (Result result = session.runner().fetch(output).run()) {
        float[] nhwc = VariableState.floats((TFloat32) result.get(0));
        check(c.expected(), Layout.toNchw(nhwc, BATCH, channels, SIZE, SIZE));
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

  /** L2 norm, first and last element of a parameter's gradient. */
  private record ExpectedGradient(String name, double norm, double first, double last) {}

  private static final List<ExpectedGradient> GRADIENTS =
      List.of(
          new ExpectedGradient("pos_embed", 0.17536306, -0.01870547, -0.00505439),
          new ExpectedGradient("patch_embed.proj.weight", 0.52408473, 0.09607690, -0.03161686),
          new ExpectedGradient("label_emb.weight", 0.05461532, 0, 0.02589809),
          new ExpectedGradient("in_blocks.0.attn.qkv.weight", 0.18979513, 0.00016300, -0.04199398),
          new ExpectedGradient("mid_block.mlp.fc1.weight", 0.05075509, -0.00352578, 0.00136762),
          new ExpectedGradient(
              "out_blocks.0.skip_linear.weight", 0.81504108, 0.02364521, -0.04607727),
          new ExpectedGradient(
              "out_blocks.1.skip_linear.weight", 1.21320128, -0.00064724, 0.11862685),
          new ExpectedGradient("norm.bias", 0.23277158, 0.08269889, -0.09821215),
          new ExpectedGradient("decoder_pred.weight", 4.09953218, -0.29465777, 0.11294863),
          new ExpectedGradient("final_layer.weight", 2.73527984, -0.52650696, 0.10146251));

  @Test
  void gradientAndTwoAdamWStepsAreTheOfficialOnes() {
    UViT model = new UViT(net(3, FIVE, true, true, false));
    List<ParameterSpec> specs = model.parameters();
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      Variables weights = new Variables(tf, "", specs);
      Variables first = new Variables(tf, "m.", specs);
      Variables second = new Variables(tf, "v.", specs);
      float[] x = Formula.input(BATCH * 3 * SIZE * SIZE);
      float[] target = new float[x.length];
      for (int k = 0; k < target.length; k++) {
        target[k] = (float) Math.sin(0.11 * k);
      }
      Operand<TFloat32> output =
          model.apply(new ForwardPass(tf, weights), inputs(tf, model.config(), images(tf, x, 3)));
      Operand<TFloat32> perSample =
          tf.math.mean(
              tf.math.squaredDifference(output, images(tf, target, 3)),
              tf.constant(new int[] {1, 2, 3}));
      Operand<TFloat32> loss = tf.math.mean(perSample, tf.constant(0));
      List<Operand<TFloat32>> gradients = gradients(tf, loss, weights);
      Operand<TFloat32> norm = Gradients.globalNorm(tf, gradients);
      Placeholder<TInt64> done = tf.placeholder(TInt64.class, Placeholder.shape(Shape.scalar()));
      Op step = adamW(tf, weights, first, second, gradients, List.of(loss, norm, perSample), done);
      session.runner().addTarget(start(tf, weights, first, second)).run().close();

      Session.Runner runner = session.runner().fetch(perSample).fetch(loss).fetch(norm);
      GRADIENTS.forEach(g -> runner.fetch(gradients.get(index(specs, g.name()))));
      try (Result result = runner.run()) {
        float[] each = VariableState.floats((TFloat32) result.get(0));
        assertEquals(1.17113006, each[0], 1e-4);
        assertEquals(1.12822044, each[1], 1e-4);
        assertEquals(1.14967525, ((TFloat32) result.get(1)).getFloat(), 1e-5);
        assertEquals(5.57421246, ((TFloat32) result.get(2)).getFloat(), 1e-4);
        for (int i = 0; i < GRADIENTS.size(); i++) {
          check(GRADIENTS.get(i), VariableState.floats((TFloat32) result.get(3 + i)));
        }
      }
      double[] losses = {1.14967525, 1.10850525, 1.06845641};
      for (int k = 0; k < losses.length; k++) {
        try (Tensor updates = TInt64.scalarOf(k);
            Result result =
                session.runner().feed(done, updates).fetch(loss).addTarget(step).run()) {
          assertEquals(
              losses[k], ((TFloat32) result.get(0)).getFloat(), 1e-5, "loss after " + k + " steps");
        }
      }
    }
  }

  private static void check(ExpectedGradient expected, float[] found) {
    double squares = 0;
    for (float v : found) {
      squares += (double) v * v;
    }
    String name = expected.name();
    assertEquals(expected.norm(), Math.sqrt(squares), 1e-4 * expected.norm(), name);
    assertEquals(expected.first(), found[0], 1e-5, name);
    assertEquals(expected.last(), found[found.length - 1], 1e-5, name);
  }

  private static Op start(Ops tf, Variables weights, Variables first, Variables second) {
    List<Op> assigned = new ArrayList<>();
    List<ParameterSpec> specs = weights.specs();
    for (int i = 0; i < specs.size(); i++) {
      ParameterSpec spec = specs.get(i);
      float[] values = Formula.weights(specs, i, AMPLITUDE);
      assigned.add(tf.assignVariableOp(weights.handle(spec), constant(tf, values, spec.shape())));
      Operand<TFloat32> zeros = constant(tf, new float[values.length], spec.shape());
      assigned.add(tf.assignVariableOp(first.handle(spec), zeros));
      assigned.add(tf.assignVariableOp(second.handle(spec), zeros));
    }
    return tf.withControlDependencies(assigned).noOp();
  }

  /** The official settings of CIFAR-10: rate 2e-4, decay 0.03, betas 0.99 and 0.99. */
  private static Op adamW(
      Ops tf,
      Variables weights,
      Variables first,
      Variables second,
      List<Operand<TFloat32>> gradients,
      List<? extends Op> before,
      Operand<TInt64> done) {
    AdamW adamW = new AdamW(0.99, 0.99, 1e-8, 0.03);
    Operand<TFloat64> rate = tf.constant(2e-4);
    AdamW.StepScalars scalars = adamW.scalars(tf, rate, done);
    List<Op> all = new ArrayList<>(before);
    all.addAll(gradients);
    Ops after = tf.withControlDependencies(all);
    List<Op> updated = new ArrayList<>();
    for (int i = 0; i < gradients.size(); i++) {
      Operand<TFloat32> gradient = after.identity(gradients.get(i));
      ParameterSpec spec = weights.specs().get(i);
      updated.add(adamW.update(tf, scalars, spec, weights, first, second, gradient));
    }
    return tf.withControlDependencies(updated).noOp();
  }

  @SuppressWarnings("unchecked") // gradients of float32 are float32
  private static List<Operand<TFloat32>> gradients(
      Ops tf, Operand<TFloat32> loss, Variables weights) {
    List<Operand<TFloat32>> reads = new ArrayList<>();
    weights.specs().forEach(spec -> reads.add(weights.get(spec)));
    List<Operand<TFloat32>> result = new ArrayList<>();
    tf.gradients(loss, reads).dy().forEach(dy -> result.add((Operand<TFloat32>) dy));
    return result;
  }

  private static int index(List<ParameterSpec> specs, String name) {
    return specs.stream().map(ParameterSpec::name).toList().indexOf(name);
  }

  private static UViTConfig net(
      int channels, Conditioning given, boolean conv, boolean skip, boolean extras) {
    return new UViTConfig(
        SIZE,
        SIZE,
        channels,
        2,
        16,
        4,
        2,
        4,
        extras,
        OptionalDouble.empty(),
        extras,
        skip,
        conv,
        given);
  }

  private static UViT.Inputs inputs(Ops tf, UViTConfig config, Operand<TFloat32> x) {
    boolean labelled = config.conditioning() instanceof Conditioning.ClassLabel;
    return new UViT.Inputs(
        x,
        tf.constant(new float[] {3.0f, 487.25f}),
        labelled ? Optional.of(tf.constant(new int[] {1, 4})) : Optional.empty(),
        config.conditioning() instanceof Conditioning.Text text
            ? Optional.of(
                constant(
                    tf,
                    Formula.input(BATCH * text.numTokens() * text.contextDim()),
                    Shape.of(BATCH, text.numTokens(), text.contextDim())))
            : Optional.empty());
  }

  private static Operand<TFloat32> images(Ops tf, float[] nchw, int channels) {
    float[] nhwc = Layout.toNhwc(nchw, BATCH, channels, SIZE, SIZE);
    return constant(tf, nhwc, Shape.of(BATCH, SIZE, SIZE, channels));
  }

  private static Operand<TFloat32> constant(Ops tf, float[] values, Shape shape) {
    return tf.constant(shape, DataBuffers.of(values, true, false));
  }
}

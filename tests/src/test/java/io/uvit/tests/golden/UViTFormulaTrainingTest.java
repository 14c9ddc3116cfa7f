package io.uvit.tests.golden;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.uvit.graph.model.Conditioning;
import io.uvit.graph.model.UViT;
import io.uvit.ops.nn.ForwardPass;
import io.uvit.ops.optim.AdamW;
import io.uvit.ops.optim.Gradients;
import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.ops.parameters.Variables;
import io.uvit.savedmodels.state.VariableState;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt64;

/**
 * Loss, gradient and two AdamW steps of the small network with weights by formula and five classes,
 * against numbers of the official code (PyTorch 1.13.1, float32).
 */
class UViTFormulaTrainingTest {
  private static final double AMPLITUDE = 0.25;
  private static final Conditioning FIVE = new Conditioning.ClassLabel(5, OptionalInt.empty());

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
    UViT model = new UViT(Formula.net(3, FIVE, true, true, false));
    List<ParameterSpec> specs = model.parameters();
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      Variables weights = new Variables(tf, "", specs);
      Variables first = new Variables(tf, "m.", specs);
      Variables second = new Variables(tf, "v.", specs);
      float[] x = Formula.input(Formula.BATCH * 3 * Formula.SIZE * Formula.SIZE);
      float[] target = new float[x.length];
      for (int k = 0; k < target.length; k++) {
        target[k] = (float) Math.sin(0.11 * k);
      }
      Operand<TFloat32> output =
          model.apply(
              new ForwardPass(tf, weights),
              Formula.inputs(tf, model.config(), Formula.images(tf, x, 3)));
      Operand<TFloat32> perSample =
          tf.math.mean(
              tf.math.squaredDifference(output, Formula.images(tf, target, 3)),
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
      assigned.add(
          tf.assignVariableOp(weights.handle(spec), Formula.constant(tf, values, spec.shape())));
      Operand<TFloat32> zeros = Formula.constant(tf, new float[values.length], spec.shape());
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
}

package io.uvit.ops.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.ops.Eval;
import io.uvit.ops.parameters.Initializer;
import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.ops.parameters.Variables;
import java.util.ArrayList;
import java.util.List;
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
import org.tensorflow.types.TInt64;

/** AdamW, warm-up and moving average in the graph, against torch.optim.AdamW. */
class AdamWTest {
  private static final ParameterSpec SPEC =
      new ParameterSpec("w", Shape.of(2), new Initializer.Constant(0));

  /**
   * w = [1, -2], gradient (k + 1) [0.5, -0.1], rate 2e-4 with 5 steps of warm-up, decay 0.03, betas
   * 0.99 and 0.999, average 0.9; after each step w and average, as the official code gives them.
   */
  private static final double[][] TORCH = {
    {1.000000000, -2.000000000, 1, -2},
    {0.999960780, -1.999959588, 0.999996066, -1.999995947},
    {0.999884129, -1.999880552, 0.999984860, -1.999984264},
    {0.999770522, -1.999763370, 0.999963403, -1.999962091},
    {0.999620080, -1.999608040, 0.999929011, -1.999926686},
    {0.999432921, -1.999414921, 0.999879360, -1.999875546},
    {0.999246359, -1.999222398, 0.999816000, -1.999810100},
  };

  @Test
  void sevenStepsAreThoseOfTorch() {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      Variables weights = new Variables(tf, "", List.of(SPEC));
      Variables first = new Variables(tf, "m.", List.of(SPEC));
      Variables second = new Variables(tf, "v.", List.of(SPEC));
      Variables average = new Variables(tf, "ema.", List.of(SPEC));
      Placeholder<TInt64> step = tf.placeholder(TInt64.class, Placeholder.shape(Shape.scalar()));
      Placeholder<TFloat32> gradient =
          tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(2)));
      LearningRate rate = new LearningRate(2e-4, 5, LearningRate.Decay.CONSTANT, 100);
      AdamW adamW = new AdamW(0.99, 0.999, 1e-8, 0.03);
      Op updated =
          adamW.update(
              tf,
              adamW.scalars(tf, rate.apply(tf, step), step),
              SPEC,
              weights,
              first,
              second,
              gradient);
      Operand<TFloat32> share = new Ema(0.9, false).share(tf, step);
      Op averaged = Ema.update(tf, share, SPEC, weights, average, List.of(updated));
      session.runner().addTarget(start(tf, weights, first, second, average)).run().close();

      for (int k = 0; k < TORCH.length; k++) {
        try (Tensor number = TInt64.scalarOf(k);
            Tensor fed = TFloat32.vectorOf((k + 1) * 0.5f, (k + 1) * -0.1f)) {
          session.runner().feed(step, number).feed(gradient, fed).addTarget(averaged).run().close();
        }
        try (Result result =
            session.runner().fetch(weights.get(SPEC)).fetch(average.get(SPEC)).run()) {
          float[] w = Eval.floats((TFloat32) result.get(0));
          float[] ema = Eval.floats((TFloat32) result.get(1));
          for (int i = 0; i < 2; i++) {
            assertEquals(TORCH[k][i], w[i], 5e-7, "w[" + i + "] after step " + k);
            assertEquals(TORCH[k][2 + i], ema[i], 5e-7, "ema[" + i + "] after step " + k);
          }
        }
      }
    }
  }

  private static Op start(
      Ops tf, Variables weights, Variables first, Variables second, Variables average) {
    Operand<TFloat32> w = tf.constant(new float[] {1, -2});
    Operand<TFloat32> zeros = tf.constant(new float[2]);
    List<Op> assigned = new ArrayList<>();
    assigned.add(tf.assignVariableOp(weights.handle(SPEC), w));
    assigned.add(tf.assignVariableOp(average.handle(SPEC), w));
    assigned.add(tf.assignVariableOp(first.handle(SPEC), zeros));
    assigned.add(tf.assignVariableOp(second.handle(SPEC), zeros));
    return tf.withControlDependencies(assigned).noOp();
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    for (double[] bad :
        new double[][] {
          {-0.1, 0.9, 1e-8, 0},
          {1, 0.9, 1e-8, 0},
          {0.9, 1, 1e-8, 0},
          {0.9, Double.NaN, 1e-8, 0},
          {0.9, 0.9, 0, 0},
          {0.9, 0.9, 1e-8, -1}
        }) {
      IllegalArgumentException refused =
          assertThrows(
              IllegalArgumentException.class, () -> new AdamW(bad[0], bad[1], bad[2], bad[3]));
      assertTrue(refused.getMessage().contains("found"), refused.getMessage());
    }
    assertThrows(IllegalArgumentException.class, () -> new Ema(1, false));
    assertThrows(IllegalArgumentException.class, () -> new Ema(-0.5, true));
  }
}

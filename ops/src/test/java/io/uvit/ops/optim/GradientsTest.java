package io.uvit.ops.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.uvit.ops.Eval;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

class GradientsTest {

  /** The norm and the clipped gradients of [3, 0] and [[0], [4]], whose norm is 5. */
  private static List<float[]> clipped(double maxNorm) {
    return Eval.all(
        tf -> {
          List<Operand<TFloat32>> gradients = gradients(tf);
          Operand<TFloat32> norm = Gradients.globalNorm(tf, gradients);
          List<Operand<TFloat32>> fetched = new ArrayList<>(List.of(norm));
          fetched.addAll(Gradients.scaled(tf, gradients, Gradients.clipFactor(tf, norm, maxNorm)));
          return fetched;
        });
  }

  private static List<Operand<TFloat32>> gradients(Ops tf) {
    return List.of(tf.constant(new float[] {3, 0}), Eval.constant(tf, new float[] {0, 4}, 2, 1));
  }

  @Test
  void aLongGradientIsScaledToTheLimit() {
    List<float[]> found = clipped(0.5);
    assertEquals(5, found.get(0)[0]);
    float factor = (float) (0.5 / (5 + 1e-6)); // clip_grad_norm_ adds 1e-6 to the norm
    assertArrayEquals(new float[] {3 * factor, 0}, found.get(1), 1e-7f);
    assertArrayEquals(new float[] {0, 4 * factor}, found.get(2), 1e-7f);
  }

  @Test
  void aShortGradientStaysBitByBit() {
    List<float[]> found = clipped(5.1);
    assertArrayEquals(new float[] {3, 0}, found.get(1));
    assertArrayEquals(new float[] {0, 4}, found.get(2));
  }
}

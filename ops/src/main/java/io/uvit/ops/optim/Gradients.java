package io.uvit.ops.optim;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** The global norm of a gradient, and clipping by it. */
public final class Gradients {
  private Gradients() {}

  /** Root of the sum of all squares, scalar. */
  public static Operand<TFloat32> globalNorm(Ops tf, List<Operand<TFloat32>> gradients) {
    List<Operand<TFloat32>> halves = new ArrayList<>();
    for (Operand<TFloat32> gradient : gradients) {
      halves.add(tf.nn.l2Loss(gradient)); // half the sum of squares
    }
    return tf.math.sqrt(tf.math.mul(tf.math.addN(halves), tf.constant(2f)));
  }

  /** min(1, maxNorm / (norm + 1e-6)) (PyTorch's {@code clip_grad_norm_}), scalar. */
  public static Operand<TFloat32> clipFactor(Ops tf, Operand<TFloat32> norm, double maxNorm) {
    return tf.math.minimum(
        tf.math.div(tf.constant((float) maxNorm), tf.math.add(norm, tf.constant(1e-6f))),
        tf.constant(1f));
  }

  /** All gradients times a scalar. */
  public static List<Operand<TFloat32>> scaled(
      Ops tf, List<Operand<TFloat32>> gradients, Operand<TFloat32> factor) {
    List<Operand<TFloat32>> scaled = new ArrayList<>();
    for (Operand<TFloat32> gradient : gradients) {
      scaled.add(tf.math.mul(gradient, factor));
    }
    return scaled;
  }
}

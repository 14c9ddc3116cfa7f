package io.uvit.ops.nn;

import io.uvit.ops.parameters.ParameterList;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;

/**
 * Linear, exact GELU, Linear (official libs/timm.py Mlp).
 *
 * @param fc1 D to hidden
 * @param fc2 hidden to D
 */
public record Mlp(Linear fc1, Linear fc2) {

  /** Declares {@code name.fc1} and {@code name.fc2}. */
  public static Mlp declare(ParameterList parameters, String name, long width, long hidden) {
    ParameterList own = parameters.scope(name);
    return new Mlp(
        Linear.declare(own, "fc1", width, hidden, true),
        Linear.declare(own, "fc2", hidden, width, true));
  }

  /** [T, D] -> [T, D]. */
  public Operand<TFloat32> apply(ForwardPass pass, Operand<TFloat32> x) {
    Operand<? extends TFloating> hidden = fc1.project(pass, x); // [T, hidden]
    return pass.differentiable()
        ? fc2.applyToGelu(pass, hidden)
        : fc2.apply(pass, Gelu.fused(pass.tf(), hidden));
  }

  /** x sigmoid(x). */
  public static Operand<TFloat32> silu(Ops tf, Operand<TFloat32> x) {
    return tf.math.mul(x, tf.math.sigmoid(x));
  }
}

package io.uvit.ops.parameters;

import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;

/**
 * Gives a network the values of its parameters inside one graph: training variables, their moving
 * average, or constants of a frozen export. The network is a pure function of them.
 */
@FunctionalInterface
public interface Weights {
  /** The value of {@code spec}, with exactly its shape; one read however often it is asked for. */
  Operand<TFloat32> get(ParameterSpec spec);

  /**
   * The value of {@code spec} in the {@link #computeType}, for a product; one conversion however
   * often it is asked for.
   */
  default Operand<? extends TFloating> factor(ParameterSpec spec) {
    return get(spec);
  }

  /** The type of {@link #factor}. */
  default ComputeType computeType() {
    return ComputeType.FLOAT32;
  }
}

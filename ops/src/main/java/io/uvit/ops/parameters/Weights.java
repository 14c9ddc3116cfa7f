package io.uvit.ops.parameters;

import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/**
 * Gives a network the values of its parameters inside one graph: training variables, their moving
 * average, or constants of a frozen export. The network is a pure function of them.
 */
@FunctionalInterface
public interface Weights {
  /** The value of {@code spec}, with exactly its shape; one read however often it is asked for. */
  Operand<TFloat32> get(ParameterSpec spec);
}

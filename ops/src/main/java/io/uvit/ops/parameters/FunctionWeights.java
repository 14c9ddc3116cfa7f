package io.uvit.ops.parameters;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** Weights that a function of a loop or branch is given as arguments. */
public final class FunctionWeights {
  private FunctionWeights() {}

  /**
   * Weights by parameter.
   *
   * @param arguments one for each parameter, in order, all float32
   */
  @SuppressWarnings("unchecked") // all are float32
  public static Weights of(List<ParameterSpec> specs, List<? extends Operand<?>> arguments) {
    Map<String, Operand<TFloat32>> byName = new HashMap<>();
    for (int i = 0; i < specs.size(); i++) {
      byName.put(specs.get(i).name(), (Operand<TFloat32>) arguments.get(i));
    }
    return spec -> byName.get(spec.name());
  }
}

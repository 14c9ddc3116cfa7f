package io.uvit.ops.parameters;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;

/**
 * Weights that cross the border of a function of the graph, such as the body of a loop, as
 * arguments: the values of all parameters, and the matrices once more in the compute type where
 * that is another, so that they are converted once and not in every round.
 */
public final class FunctionWeights {
  private FunctionWeights() {}

  /** What is given to the function, outside of it. */
  public static List<Operand<?>> arguments(List<ParameterSpec> specs, Weights weights) {
    List<Operand<?>> result = new ArrayList<>();
    specs.forEach(spec -> result.add(weights.get(spec)));
    if (weights.computeType() != ComputeType.FLOAT32) {
      specs.stream().filter(FunctionWeights::isMatrix).map(weights::factor).forEach(result::add);
    }
    return result;
  }

  /** The weights inside the function, with float32 products. */
  public static Weights of(List<ParameterSpec> specs, List<? extends Operand<?>> values) {
    Map<String, Operand<TFloat32>> byName = byName(specs, values);
    return spec -> byName.get(spec.name());
  }

  @SuppressWarnings("unchecked") // the values are float32
  private static Map<String, Operand<TFloat32>> byName(
      List<ParameterSpec> specs, List<? extends Operand<?>> values) {
    Map<String, Operand<TFloat32>> result = new HashMap<>();
    for (int i = 0; i < specs.size(); i++) {
      result.put(specs.get(i).name(), (Operand<TFloat32>) values.get(i));
    }
    return result;
  }

  /**
   * The weights inside the function.
   *
   * @param tf where conversions of what is no matrix go
   * @param arguments what {@link #arguments} became
   * @param type the compute type of the weights outside
   */
  @SuppressWarnings("unchecked") // factors are floating-point
  public static Weights of(
      Ops tf, List<ParameterSpec> specs, List<? extends Operand<?>> arguments, ComputeType type) {
    Map<String, Operand<? extends TFloating>> factors = new HashMap<>();
    if (type != ComputeType.FLOAT32) {
      int next = specs.size();
      for (ParameterSpec spec : specs.stream().filter(FunctionWeights::isMatrix).toList()) {
        factors.put(spec.name(), (Operand<? extends TFloating>) arguments.get(next++));
      }
    }
    return NarrowWeights.of(tf, of(specs, arguments), type, factors);
  }

  private static boolean isMatrix(ParameterSpec spec) {
    return spec.shape().numDimensions() == 2;
  }
}

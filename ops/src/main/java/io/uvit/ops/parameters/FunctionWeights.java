package io.uvit.ops.parameters;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;

/**
 * Weights that cross the border of a function of the graph, such as the body of a loop, as
 * arguments. Factors are converted outside, once and not in every round.
 */
public final class FunctionWeights {
  private final List<ParameterSpec> specs;
  private final ComputeType type;
  private final boolean differentiable;

  private FunctionWeights(List<ParameterSpec> specs, ComputeType type, boolean differentiable) {
    this.specs = List.copyOf(specs);
    this.type = type;
    this.differentiable = differentiable;
  }

  /**
   * For a function without gradients: of each factor it is given what is multiplied, and no float32
   * value beside it.
   *
   * @param type the compute type of the weights outside
   */
  public static FunctionWeights forInference(List<ParameterSpec> specs, ComputeType type) {
    return new FunctionWeights(specs, type, false);
  }

  /**
   * For a function that takes gradients with respect to the weights, which are float32.
   *
   * @param type the compute type of the weights outside
   */
  public static FunctionWeights differentiable(List<ParameterSpec> specs, ComputeType type) {
    return new FunctionWeights(specs, type, true);
  }

  /** What is given to the function, outside of it. */
  public List<Operand<?>> arguments(Weights weights) {
    List<Operand<?>> result = new ArrayList<>();
    for (ParameterSpec spec : specs) {
      if (hasValue(spec)) {
        result.add(weights.get(spec));
      }
      if (hasFactor(spec)) {
        result.add(weights.factor(spec));
      }
    }
    return result;
  }

  /**
   * The weights inside the function.
   *
   * @param tf where conversions of what is no factor go
   * @param arguments what {@link #arguments} became
   */
  @SuppressWarnings("unchecked") // the types are those of the arguments
  public Weights within(Ops tf, List<? extends Operand<?>> arguments) {
    Map<String, Operand<TFloat32>> values = new HashMap<>();
    Map<String, Operand<? extends TFloating>> factors = new HashMap<>();
    Iterator<? extends Operand<?>> next = arguments.iterator();
    for (ParameterSpec spec : specs) {
      if (hasValue(spec)) {
        values.put(spec.name(), (Operand<TFloat32>) next.next());
      }
      if (hasFactor(spec)) {
        factors.put(spec.name(), (Operand<? extends TFloating>) next.next());
      }
    }
    return NarrowWeights.of(tf, spec -> value(values, spec), type, factors);
  }

  private static Operand<TFloat32> value(
      Map<String, Operand<TFloat32>> values, ParameterSpec spec) {
    Operand<TFloat32> value = values.get(spec.name());
    if (value == null) {
      throw new IllegalStateException(
          spec.name() + ": found a read of its value, wanted reads of it as a factor only");
    }
    return value;
  }

  private boolean hasValue(ParameterSpec spec) {
    return differentiable || !hasFactor(spec);
  }

  private boolean hasFactor(ParameterSpec spec) {
    return type != ComputeType.FLOAT32 && spec.factor();
  }
}

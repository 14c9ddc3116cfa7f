package io.uvit.ops.parameters;

import java.util.HashMap;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;

/** Weights whose products are computed in a type of their own. */
public final class NarrowWeights implements Weights {
  private final Ops tf;
  private final Weights weights;
  private final ComputeType type;
  private final Map<String, Operand<? extends TFloating>> factors;

  private NarrowWeights(
      Ops tf,
      Weights weights,
      ComputeType type,
      Map<String, Operand<? extends TFloating>> factors) {
    this.tf = tf;
    this.weights = weights;
    this.type = type;
    this.factors = new HashMap<>(factors);
  }

  /**
   * The same weights with factors of the given type.
   *
   * @param tf where conversions go
   */
  public static Weights of(Ops tf, Weights weights, ComputeType type) {
    return of(tf, weights, type, Map.of());
  }

  /**
   * The same weights with factors of the given type.
   *
   * @param tf where conversions go
   * @param factors those that are there already, by name
   */
  static Weights of(
      Ops tf,
      Weights weights,
      ComputeType type,
      Map<String, Operand<? extends TFloating>> factors) {
    return type == weights.computeType() ? weights : new NarrowWeights(tf, weights, type, factors);
  }

  @Override
  public Operand<TFloat32> get(ParameterSpec spec) {
    return weights.get(spec);
  }

  @Override
  public Operand<? extends TFloating> factor(ParameterSpec spec) {
    return factors.computeIfAbsent(
        spec.name(), n -> tf.dtypes.cast(weights.get(spec), type.tensor()));
  }

  @Override
  public ComputeType computeType() {
    return type;
  }
}

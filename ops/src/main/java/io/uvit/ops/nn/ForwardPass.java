package io.uvit.ops.nn;

import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.ops.parameters.Weights;
import java.util.LinkedHashMap;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;

/**
 * One application of a network: where its ops go, where its weights come from, and the named
 * intermediate outputs ("taps") that analyses read.
 */
public final class ForwardPass {
  private final Ops tf;
  private final Weights weights;
  private final boolean differentiable;
  private final Map<String, Operand<TFloat32>> taps;

  /**
   * A pass that builds its ops with {@code tf} and reads parameters from {@code weights}. Its ops
   * are those that run fastest forward; not all of them have gradients.
   */
  public ForwardPass(Ops tf, Weights weights) {
    this(tf, weights, false, new LinkedHashMap<>());
  }

  private ForwardPass(
      Ops tf, Weights weights, boolean differentiable, Map<String, Operand<TFloat32>> taps) {
    this.tf = tf;
    this.weights = weights;
    this.differentiable = differentiable;
    this.taps = taps;
  }

  /**
   * A pass that gradients are taken of. Its layers bring gradients of their own ({@link
   * io.uvit.ops.gradient.CustomGradients}).
   */
  public static ForwardPass differentiable(Ops tf, Weights weights) {
    return new ForwardPass(tf, weights, true, new LinkedHashMap<>());
  }

  /** The ops of this pass. */
  public Ops tf() {
    return tf;
  }

  /** The value of a parameter. */
  public Operand<TFloat32> weight(ParameterSpec spec) {
    return weights.get(spec);
  }

  /** The value of a parameter in the compute type, for a product. */
  Operand<? extends TFloating> factor(ParameterSpec spec) {
    return weights.factor(spec);
  }

  /** A value in the compute type. */
  Operand<? extends TFloating> narrow(Operand<? extends TFloating> value) {
    return Types.to(tf, value, weights.computeType().tensor());
  }

  /** A value in float32. */
  Operand<TFloat32> widen(Operand<? extends TFloating> value) {
    return Types.float32(tf, value);
  }

  /** Whether gradients are taken of this pass. */
  boolean differentiable() {
    return differentiable;
  }

  /** The same pass with its ops under a name scope, one for each part of the network. */
  public ForwardPass scope(String name) {
    return new ForwardPass(tf.withSubScope(name), weights, differentiable, taps);
  }

  /** Records an intermediate output under the official module path and returns it. */
  public Operand<TFloat32> tap(String name, Operand<TFloat32> value) {
    taps.put(name, value);
    return value;
  }

  /** All recorded outputs, in the order of the forward pass. */
  public Map<String, Operand<TFloat32>> taps() {
    return taps;
  }
}

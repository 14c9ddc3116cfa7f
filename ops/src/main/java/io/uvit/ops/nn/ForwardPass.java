package io.uvit.ops.nn;

import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.ops.parameters.Weights;
import java.util.LinkedHashMap;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * One application of a network: where its ops go, where its weights come from, and the named
 * intermediate outputs ("taps") that analyses read.
 */
public final class ForwardPass {
  private final Ops tf;
  private final Weights weights;
  private final Map<String, Operand<TFloat32>> taps;

  /** A pass that builds its ops with {@code tf} and reads parameters from {@code weights}. */
  public ForwardPass(Ops tf, Weights weights) {
    this(tf, weights, new LinkedHashMap<>());
  }

  private ForwardPass(Ops tf, Weights weights, Map<String, Operand<TFloat32>> taps) {
    this.tf = tf;
    this.weights = weights;
    this.taps = taps;
  }

  /** The ops of this pass. */
  public Ops tf() {
    return tf;
  }

  /** The value of a parameter. */
  public Operand<TFloat32> weight(ParameterSpec spec) {
    return weights.get(spec);
  }

  /** The same pass with its ops under a name scope, one for each part of the network. */
  public ForwardPass scope(String name) {
    return new ForwardPass(tf.withSubScope(name), weights, taps);
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

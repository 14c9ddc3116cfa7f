package io.uvit.ops.parameters;

import java.util.Objects;
import org.tensorflow.ndarray.Shape;

/**
 * One parameter of a network, before any graph exists.
 *
 * @param name the official state-dict key, such as {@code in_blocks.0.attn.qkv.weight}
 * @param shape the PyTorch shape: Linear weights [out, in], convolutions [out, in, kh, kw]
 * @param initializer first value
 * @param factor whether a forward pass reads it as a factor of a product and as nothing else
 */
public record ParameterSpec(String name, Shape shape, Initializer initializer, boolean factor) {
  public ParameterSpec {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(initializer, "initializer");
    if (shape.hasUnknownDimension() || shape.isUnknown()) {
      throw new IllegalArgumentException(name + ": a parameter needs a full shape, found " + shape);
    }
  }

  /** A parameter that is read as it is. */
  public ParameterSpec(String name, Shape shape, Initializer initializer) {
    this(name, shape, initializer, false);
  }

  /** Number of elements. */
  public long size() {
    return shape.size();
  }
}

package io.uvit.graph.model;

import io.uvit.config.v1.Precision;
import io.uvit.config.v1.Runtime;
import io.uvit.ops.parameters.ComputeType;

/** What an experiment's {@code runtime.precision} means for a network's products. */
public final class ComputeTypes {
  private ComputeTypes() {}

  /** The type of the products; whether a device can compute in it is not asked here. */
  public static ComputeType of(Runtime runtime) {
    return runtime.getPrecision() == Precision.BFLOAT16
        ? ComputeType.BFLOAT16
        : ComputeType.FLOAT32;
  }
}

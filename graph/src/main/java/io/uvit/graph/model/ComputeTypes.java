package io.uvit.graph.model;

import io.uvit.config.ConfigException;
import io.uvit.config.ConfigProblem;
import io.uvit.config.v1.Runtime;
import io.uvit.ops.parameters.ComputeType;
import io.uvit.ops.parameters.NarrowWeights;
import io.uvit.ops.parameters.Variables;
import io.uvit.ops.parameters.Weights;
import java.util.List;
import org.tensorflow.op.Ops;

/** What an experiment's {@code runtime.precision} means for a network's products. */
public final class ComputeTypes {
  private ComputeTypes() {}

  /**
   * The type of the products; whether a device is fast in it is not asked here.
   *
   * @throws ConfigException for a precision that this version does not know
   */
  public static ComputeType of(Runtime runtime) {
    return switch (runtime.getPrecision()) {
      case PRECISION_UNSPECIFIED, FLOAT32 -> ComputeType.FLOAT32;
      case BFLOAT16 -> ComputeType.BFLOAT16;
      case FLOAT16 -> ComputeType.FLOAT16;
      case UNRECOGNIZED ->
          throw new ConfigException(
              "runtime",
              List.of(
                  new ConfigProblem(
                      "runtime.precision",
                      "is no known precision",
                      Integer.toString(runtime.getPrecisionValue()),
                      "FLOAT32, BFLOAT16 or FLOAT16")));
    };
  }

  /**
   * Variables for sampling, with factors of the type that the experiment computes in.
   *
   * @param tf where the variables go
   * @throws ConfigException as {@link #of}
   */
  public static Variables forInference(Ops tf, UViT model, Runtime runtime) {
    return Variables.forInference(tf, model.parameters(), of(runtime));
  }

  /**
   * The same weights with factors of the type that the experiment computes in.
   *
   * @param tf where conversions go
   * @throws ConfigException as {@link #of}
   */
  public static Weights narrow(Ops tf, Weights weights, Runtime runtime) {
    return NarrowWeights.of(tf, weights, of(runtime));
  }
}

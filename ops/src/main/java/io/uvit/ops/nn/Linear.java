package io.uvit.ops.nn;

import io.uvit.ops.parameters.Initializer;
import io.uvit.ops.parameters.ParameterList;
import io.uvit.ops.parameters.ParameterSpec;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;

/**
 * y = x W^T + b, with W [out, in] as PyTorch stores it.
 *
 * @param weight [out, in]
 * @param bias [out], or empty
 */
public record Linear(ParameterSpec weight, Optional<ParameterSpec> bias) {

  /**
   * Declares {@code name.weight} and, if wanted, {@code name.bias}; official initialisation N(0,
   * 0.02^2) and 0.
   */
  public static Linear declare(
      ParameterList parameters, String name, long in, long out, boolean bias) {
    ParameterList own = parameters.scope(name);
    ParameterSpec weight = own.add("weight", Initializer.LINEAR_WEIGHT, out, in);
    return new Linear(
        weight, bias ? Optional.of(own.add("bias", Initializer.ZEROS, out)) : Optional.empty());
  }

  /** [T, in] -> [T, out]. */
  public Operand<TFloat32> apply(ForwardPass pass, Operand<TFloat32> x) {
    Operand<TFloat32> y = pass.tf().linalg.matMul(x, pass.weight(weight), MatMul.transposeB(true));
    return bias.isPresent() ? pass.tf().nn.biasAdd(y, pass.weight(bias.get())) : y;
  }
}

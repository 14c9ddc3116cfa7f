package io.uvit.ops.nn;

import io.uvit.ops.gradient.CustomGradients;
import io.uvit.ops.gradient.HandGradient;
import io.uvit.ops.parameters.Initializer;
import io.uvit.ops.parameters.ParameterList;
import io.uvit.ops.parameters.ParameterSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;

/**
 * y = x W^T + b, with W [out, in] as PyTorch stores it.
 *
 * <p>The product is of the pass's compute type. Its gradients are written out: dx = dy W, dW = dy^T
 * x, both in the compute type, and db, the sum of dy.
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
    ParameterSpec weight = own.addFactor("weight", Initializer.LINEAR_WEIGHT, out, in);
    return new Linear(
        weight, bias ? Optional.of(own.add("bias", Initializer.ZEROS, out)) : Optional.empty());
  }

  /** [T, in] of float32 or the compute type -> [T, out] of float32, the bias added in float32. */
  public Operand<TFloat32> apply(ForwardPass pass, Operand<? extends TFloating> x) {
    Operand<? extends TFloating> narrow = pass.narrow(x);
    return differentiated(pass, x, narrow, wide(pass, narrow));
  }

  /**
   * [T, in] of the compute type -> [T, out] of float32, of gelu(x). The gradient computes gelu(x)
   * again, beside its slope, so that of the two widest tensors of a block x alone is kept.
   */
  Operand<TFloat32> applyToGelu(ForwardPass pass, Operand<? extends TFloating> x) {
    Operand<TFloat32> y = wide(pass, Gelu.value(pass.tf(), x));
    boolean biased = bias.isPresent();
    return CustomGradients.attach(
        pass.tf(),
        y,
        inputs(pass, x),
        List.of(pass.factor(weight)),
        (tf, dy, forward) -> {
          Gelu.Tangent<? extends TFloating> gelu =
              Gelu.tangent(tf, Types.floating(forward.inputs().get(0)));
          return gradients(tf, dy, forward, gelu.value(), Optional.of(gelu.slope()), biased);
        });
  }

  /** The bias is added in float32. */
  private Operand<TFloat32> wide(ForwardPass pass, Operand<? extends TFloating> narrow) {
    Operand<TFloat32> y =
        pass.widen(Products.withTransposedSecond(pass.tf(), narrow, pass.factor(weight)));
    return bias.isPresent() ? pass.tf().nn.biasAdd(y, pass.weight(bias.get())) : y;
  }

  /**
   * [T, in] of float32 or the compute type -> [T, out] of the compute type. With a bias it is in
   * ops that TensorFlow joins into one kernel, and, in passes without gradients, with a GELU that
   * follows.
   */
  public Operand<? extends TFloating> project(ForwardPass pass, Operand<? extends TFloating> x) {
    Operand<? extends TFloating> narrow = pass.narrow(x);
    Operand<? extends TFloating> factor = pass.factor(weight);
    Operand<? extends TFloating> y =
        bias.isPresent()
            ? withBias(pass.tf(), matMul(pass.tf(), narrow, factor), pass.factor(bias.get()))
            : Products.withTransposedSecond(pass.tf(), narrow, factor);
    return differentiated(pass, x, narrow, y);
  }

  private static <T extends TFloating> Operand<T> matMul(
      Ops tf, Operand<T> x, Operand<? extends TFloating> weight) {
    return tf.linalg.matMul(x, Types.same(weight, x), MatMul.transposeB(true));
  }

  private static <T extends TFloating> Operand<T> withBias(
      Ops tf, Operand<T> y, Operand<? extends TFloating> bias) {
    return tf.nn.biasAdd(y, Types.same(bias, y));
  }

  private <T extends TFloating> Operand<T> differentiated(
      ForwardPass pass,
      Operand<? extends TFloating> x,
      Operand<? extends TFloating> narrow,
      Operand<T> y) {
    if (!pass.differentiable()) {
      return y;
    }
    List<Operand<?>> saved = List.of(pass.factor(weight), narrow);
    boolean biased = bias.isPresent();
    return CustomGradients.attach(
        pass.tf(),
        y,
        inputs(pass, x),
        saved,
        (tf, dy, forward) ->
            gradients(
                tf, dy, forward, Types.floating(forward.saved().get(1)), Optional.empty(), biased));
  }

  /** What the layer is differentiated by. */
  private List<Operand<?>> inputs(ForwardPass pass, Operand<? extends TFloating> x) {
    List<Operand<?>> inputs = new ArrayList<>(List.of(x, pass.weight(weight)));
    bias.ifPresent(b -> inputs.add(pass.weight(b)));
    return inputs;
  }

  /**
   * Of the input, the weight and, if there is one, the bias.
   *
   * @param multiplied what the product was of
   * @param slope of what was multiplied, by the input; empty where that is the input itself
   */
  private static List<Operand<?>> gradients(
      Ops tf,
      Operand<?> incoming,
      HandGradient.Forward forward,
      Operand<? extends TFloating> multiplied,
      Optional<Operand<TFloat32>> slope,
      boolean biased) {
    Operand<? extends TFloating> dy = Types.floating(incoming);
    Operand<? extends TFloating> x = Types.floating(forward.inputs().get(0));
    Operand<? extends TFloating> factor = Types.floating(forward.saved().get(0));
    Operand<? extends TFloating> narrowDy = Types.like(tf, dy, factor);
    List<Operand<?>> result = gradientsOfWeights(tf, dy, narrowDy, multiplied, biased);
    Operand<? extends TFloating> dx = ofInput(tf, narrowDy, factor, result);
    if (slope.isPresent()) {
      dx = tf.math.mul(Types.float32(tf, dx), slope.get());
    }
    result.add(0, Types.like(tf, dx, x));
    return result;
  }

  /**
   * dy W, [T, out] -> [T, in]. After the gradients of the weights: else those of many layers wait
   * for the end of the backward pass, and what they read is kept.
   */
  private static <T extends TFloating> Operand<T> ofInput(
      Ops tf, Operand<T> dy, Operand<? extends TFloating> weight, List<Operand<?>> earlier) {
    return Products.of(tf, CustomGradients.after(tf, dy, earlier.get(0)), Types.same(weight, dy));
  }

  private static List<Operand<?>> gradientsOfWeights(
      Ops tf,
      Operand<? extends TFloating> dy,
      Operand<? extends TFloating> narrowDy,
      Operand<? extends TFloating> x,
      boolean biased) {
    List<Operand<?>> result = new ArrayList<>();
    result.add(Types.float32(tf, Products.withTransposedFirst(tf, narrowDy, x)));
    if (biased) {
      result.add(Types.float32(tf, Products.sumOfRows(tf, dy)));
    }
    return result;
  }
}

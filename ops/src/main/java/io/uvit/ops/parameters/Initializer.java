package io.uvit.ops.parameters;

/**
 * How a parameter gets its first value. The official U-ViT needs no more than these (specification
 * of libs/uvit.py).
 */
public sealed interface Initializer {

  /** Every element is {@code value}. */
  record Constant(float value) implements Initializer {}

  /**
   * Normal with mean 0 and the given standard deviation. It also stands for timm's {@code
   * trunc_normal_}, whose bounds of plus and minus 2 are absolute: at std 0.02 they lie 100
   * standard deviations away.
   */
  record Normal(float std) implements Initializer {}

  /** Uniform on [-bound, bound). */
  record Uniform(float bound) implements Initializer {}

  /** Every element 0. */
  Initializer ZEROS = new Constant(0);

  /** Every element 1. */
  Initializer ONES = new Constant(1);

  /** Weight of a Linear layer and position embedding in the official code: std 0.02. */
  Initializer LINEAR_WEIGHT = new Normal(0.02f);

  /** PyTorch's default for a convolution's weight and bias: U(-1/sqrt(fanIn), 1/sqrt(fanIn)). */
  static Initializer convolution(long fanIn) {
    return new Uniform((float) (1 / Math.sqrt(fanIn)));
  }
}

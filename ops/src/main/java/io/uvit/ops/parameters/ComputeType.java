package io.uvit.ops.parameters;

import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TFloat16;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;

/**
 * The type of the factors of a network's large products, and of what passes from one to the next.
 * Weights, residual stream, normalisation, softmax, loss and gradients of weights are float32
 * whatever it is.
 */
public enum ComputeType {
  FLOAT32(TFloat32.class, 4),
  /** 8 significant bits: a relative error of at most 2^-9 in each factor. */
  BFLOAT16(TBfloat16.class, 2),
  /**
   * 11 significant bits: a relative error of at most 2^-12 in each factor, of numbers from 6.1e-5
   * to 65504; smaller ones lose bits, larger ones are infinite. Its gradients need a scaled loss.
   */
  FLOAT16(TFloat16.class, 2);

  private final Class<? extends TFloating> tensor;
  private final int size;

  ComputeType(Class<? extends TFloating> tensor, int size) {
    this.tensor = tensor;
    this.size = size;
  }

  /** Bytes of a value. */
  public int size() {
    return size;
  }

  /** The class of its tensors. */
  public Class<? extends TFloating> tensor() {
    return tensor;
  }
}

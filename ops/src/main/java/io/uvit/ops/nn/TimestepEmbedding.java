package io.uvit.ops.nn;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Sinusoidal embedding of the network's time input (official libs/uvit.py timestep_embedding):
 * cosines first, then sines.
 */
public final class TimestepEmbedding {
  private TimestepEmbedding() {}

  /**
   * [B] -> [B, D] with frequencies exp(-ln(10000) k / half), k = 0..half-1, half = D / 2; an odd D
   * ends with a zero column.
   *
   * @param t the network's own time input, any scale, float32 [B]
   */
  public static Operand<TFloat32> apply(Ops tf, Operand<TFloat32> t, int embedDim) {
    int half = embedDim / 2;
    float[] frequencies = new float[half];
    for (int k = 0; k < half; k++) {
      // Rounded at each step as the official float32 code does: at t = 999 a last bit is visible in
      // the sine.
      frequencies[k] = (float) Math.exp((float) -Math.log(10000) * k / half);
    }
    Operand<TFloat32> angles =
        tf.math.mul(
            tf.expandDims(t, tf.constant(1)),
            tf.reshape(tf.constant(frequencies), tf.constant(new long[] {1, half})));
    Operand<TFloat32> embedding =
        tf.concat(List.of(tf.math.cos(angles), tf.math.sin(angles)), tf.constant(1)); // [B, 2 half]
    if (embedDim % 2 == 0) {
      return embedding;
    }
    return tf.pad(embedding, tf.constant(new int[][] {{0, 0}, {0, 1}}), tf.constant(0f)); // [B, D]
  }
}

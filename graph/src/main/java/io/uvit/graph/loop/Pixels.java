package io.uvit.graph.loop;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TUint8;

/** Images for the world. */
final class Pixels {
  private Pixels() {}

  /** [-1, 1] to 0..255 by the rule of the official datasets.py unpreprocess, clamped. */
  static Operand<TUint8> toBytes(Ops tf, Operand<TFloat32> images) {
    Operand<TFloat32> unit =
        tf.clipByValue(
            tf.math.mul(tf.math.add(images, tf.constant(1f)), tf.constant(0.5f)),
            tf.constant(0f),
            tf.constant(1f));
    Operand<TFloat32> grey =
        tf.math.floor(tf.math.add(tf.math.mul(unit, tf.constant(255f)), tf.constant(0.5f)));
    return tf.dtypes.cast(grey, TUint8.class);
  }
}

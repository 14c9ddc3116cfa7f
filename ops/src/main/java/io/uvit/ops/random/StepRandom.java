package io.uvit.ops.random;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/** Random numbers inside a training graph: each draw is a function of (seed, step, purpose). */
public final class StepRandom {
  private final Ops tf;
  private final long seed;
  private final Operand<TInt64> step;

  /**
   * @param seed the experiment's seed
   * @param step the step's number, scalar
   */
  public StepRandom(Ops tf, long seed, Operand<TInt64> step) {
    this.tf = tf;
    this.seed = seed;
    this.step = step;
  }

  /** Uniform on [0, 1), of the given shape. */
  public Operand<TFloat32> uniform(String purpose, long... shape) {
    return tf.random.statelessRandomUniform(tf.constant(shape), seedOf(purpose));
  }

  /** Standard normal, of the given shape. */
  public Operand<TFloat32> normal(String purpose, long... shape) {
    return tf.random.statelessRandomNormal(tf.constant(shape), seedOf(purpose));
  }

  /** Integers on [low, high), of the given shape. */
  public Operand<TInt64> integers(String purpose, long low, long high, long... shape) {
    return tf.random.statelessRandomUniformInt(
        tf.constant(shape), seedOf(purpose), tf.constant(low), tf.constant(high));
  }

  private Operand<TInt64> seedOf(String purpose) {
    return tf.stack(java.util.List.of(tf.constant(Seeds.purpose(seed, purpose)), step));
  }
}

package io.uvit.graph.train;

import io.uvit.ops.optim.LossScaler;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/**
 * The scale of a training's loss as state of its graph: the float32 scalar {@code loss_scale} and
 * the counter {@code growth_tracker}, with the rules of a {@link LossScaler}.
 */
public final class LossScale {
  private final LossScaler rules;
  private final ScalarVariable<TFloat32> variable;
  private final Operand<TFloat32> inverse;
  private final Counter growthTracker;

  LossScale(Ops tf, LossScaler rules) {
    this.rules = rules;
    variable = new ScalarVariable<>(tf, "loss_scale", TFloat32.class);
    inverse = tf.math.div(tf.constant(1f), variable.value());
    growthTracker = new Counter(tf, "growth_tracker");
  }

  /** Its rules. */
  public LossScaler rules() {
    return rules;
  }

  /** The variable that holds the scale. */
  public ScalarVariable<TFloat32> variable() {
    return variable;
  }

  /** The scale of a step, a power of two; scalar, read once in a run. */
  public Operand<TFloat32> value() {
    return variable.value();
  }

  /** Finite steps since the scale last changed. */
  public Counter growthTracker() {
    return growthTracker;
  }

  /** A loss times the scale, or the loss itself where there is none; scalar. */
  static Operand<TFloat32> scaled(
      Ops tf, Operand<TFloat32> loss, Optional<Operand<TFloat32>> scale) {
    return scale.<Operand<TFloat32>>map(s -> tf.math.mul(loss, s)).orElse(loss);
  }

  /** 1 / scale, exact; scalar. */
  Operand<TFloat32> inverse() {
    return inverse;
  }

  /** A scalar over the scale. */
  Operand<TFloat32> divide(Ops tf, Operand<TFloat32> scalar) {
    return tf.math.mul(scalar, inverse);
  }

  /**
   * What a step that is not finite counts as skipped: 0 where a smaller scale may help, else 1;
   * scalar.
   */
  Operand<TInt64> inVain(Ops tf, Operand<TFloat32> loss) {
    return tf.select(rules.mayFall(tf, value(), loss), tf.constant(0L), tf.constant(1L));
  }

  /** Gives scale and tracker their values after a step. */
  List<Op> update(Ops tf, Operand<TBool> finite) {
    LossScaler.Values next =
        rules.next(tf, new LossScaler.Values(value(), growthTracker.value()), finite);
    return List.of(
        variable.assign(tf, next.scale()), growthTracker.assign(tf, next.growthTracker()));
  }

  /** Both variables with their first values. */
  List<StateVariable<?>> state(Ops tf) {
    return List.of(variable.state(tf, tf.constant(rules.initial())), growthTracker.state(tf));
  }
}

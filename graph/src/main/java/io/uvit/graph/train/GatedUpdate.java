package io.uvit.graph.train;

import io.uvit.config.v1.Train;
import io.uvit.ops.optim.AdamW;
import io.uvit.ops.optim.Ema;
import io.uvit.ops.optim.Gradients;
import io.uvit.ops.parameters.ParameterSpec;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

/**
 * The update of a step, behind a gate that only finite gradients pass (docs/decisions/0010).
 *
 * @param gradients in the order of the parameters
 * @param norm of the gradient, scalar
 * @param learningRate scalar
 * @param finite whether the weights are to be updated, scalar
 */
record GatedUpdate(
    List<Operand<TFloat32>> gradients,
    Operand<TFloat32> norm,
    Operand<TFloat64> learningRate,
    Operand<TBool> finite) {

  /** The op after which the step is done. */
  Op build(Ops tf, Train config, TrainingState state) {
    Op settled = settle(tf, state, updated(tf.withSubScope("adamw"), config, state));
    Ops ema = tf.withSubScope("ema_update");
    List<Op> done = new ArrayList<>();
    List<Op> beforeCounting = new ArrayList<>(List.of(settled));
    Op last = settled;
    for (Average average : state.averages()) {
      Operand<TFloat32> share = average.ema().share(ema, state.step().value());
      beforeCounting.add(share);
      for (ParameterSpec spec : state.parameters().specs()) {
        last = Ema.update(ema, share, spec, state.parameters(), average.variables(), List.of(last));
        done.add(last);
      }
    }
    done.add(state.step().increment(tf.withControlDependencies(beforeCounting)));
    return tf.withName("train_step").withControlDependencies(done).noOp();
  }

  /**
   * AdamW on every parameter, one after another: what an update needs in passing is then needed for
   * one parameter at a time. Everything behind the true side of these switches is dead, that is not
   * run, in a step that is not finite.
   */
  private List<Op> updated(Ops tf, Train config, TrainingState state) {
    var a = config.getAdamw();
    AdamW adamW = new AdamW(a.getBeta1(), a.getBeta2(), a.getEpsilon(), a.getWeightDecay());
    AdamW.StepScalars scalars = adamW.scalars(tf, learningRate, state.updates().value());
    List<Operand<TFloat32>> used =
        config.getGradClipNorm() > 0
            ? Gradients.clip(tf, gradients, norm, config.getGradClipNorm())
            : gradients;
    List<ParameterSpec> specs = state.parameters().specs();
    List<Op> updated = new ArrayList<>();
    Ops next = tf;
    for (int i = 0; i < used.size(); i++) {
      Operand<TFloat32> gate = next.identity(tf.switchCond(used.get(i), finite).outputTrue());
      updated.add(
          adamW.update(
              tf,
              scalars,
              specs.get(i),
              state.parameters(),
              state.firstMoments(),
              state.secondMoments(),
              gate));
      next = tf.withControlDependencies(List.of(updated.get(i)));
    }
    return updated;
  }

  /** Counts the update or the skip, and joins both sides. */
  private Op settle(Ops tf, TrainingState state, List<Op> updated) {
    List<Op> counted = new ArrayList<>(updated);
    counted.add(state.updates().increment(tf.withControlDependencies(updated)));
    var sides = tf.switchCond(finite, finite);
    Operand<TBool> yes = tf.withControlDependencies(counted).identity(sides.outputTrue());
    Operand<TBool> notFinite = tf.identity(sides.outputFalse());
    Op skipped = state.skipped().increment(tf.withControlDependencies(List.of(notFinite)));
    Operand<TBool> no = tf.withControlDependencies(List.of(skipped)).identity(notFinite);
    return tf.merge(List.of(yes, no));
  }
}

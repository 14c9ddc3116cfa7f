package io.uvit.graph.train;

import io.uvit.config.v1.Train;
import io.uvit.ops.optim.AdamW;
import io.uvit.ops.optim.Ema;
import io.uvit.ops.optim.Gradients;
import io.uvit.ops.parameters.ParameterSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

/**
 * The update of a step, behind a gate that only finite gradients pass (docs/decisions/0010).
 *
 * @param gradients in the order of the parameters, of the scaled loss where the loss is scaled
 * @param norm of the gradient of the loss itself, scalar
 * @param loss without scale, scalar
 * @param learningRate scalar
 * @param finite whether the weights are to be updated, scalar
 */
record GatedUpdate(
    List<Operand<TFloat32>> gradients,
    Operand<TFloat32> norm,
    Operand<TFloat32> loss,
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
    state.lossScale().ifPresent(scale -> done.addAll(scale.update(tf, finite)));
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
    List<Operand<TFloat32>> used = used(tf, config, state);
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

  /** Clipped and without scale; both in one pass over each gradient. */
  private List<Operand<TFloat32>> used(Ops tf, Train config, TrainingState state) {
    Optional<Operand<TFloat32>> clip =
        config.getGradClipNorm() > 0
            ? Optional.of(Gradients.clipFactor(tf, norm, config.getGradClipNorm()))
            : Optional.empty();
    Optional<Operand<TFloat32>> factor =
        state
            .lossScale()
            .map(scale -> clip.map(c -> scale.divide(tf, c)).orElseGet(() -> scale.inverse()))
            .or(() -> clip);
    return factor.map(f -> Gradients.scaled(tf, gradients, f)).orElse(gradients);
  }

  /** Counts the update or the skip, and joins both sides. */
  private Op settle(Ops tf, TrainingState state, List<Op> updated) {
    List<Op> counted = new ArrayList<>(updated);
    counted.add(state.updates().increment(tf.withControlDependencies(updated)));
    var sides = tf.switchCond(finite, finite);
    Operand<TBool> yes = tf.withControlDependencies(counted).identity(sides.outputTrue());
    Operand<TBool> notFinite = tf.identity(sides.outputFalse());
    Ops afterSkip = tf.withControlDependencies(List.of(notFinite));
    Op skipped =
        state
            .lossScale()
            .map(scale -> state.skipped().add(afterSkip, scale.inVain(tf, loss)))
            .orElseGet(() -> state.skipped().increment(afterSkip));
    Operand<TBool> no = tf.withControlDependencies(List.of(skipped)).identity(notFinite);
    return tf.merge(List.of(yes, no));
  }
}

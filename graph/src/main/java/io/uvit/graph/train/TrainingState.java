package io.uvit.graph.train;

import io.uvit.config.v1.Train;
import io.uvit.ops.optim.Ema;
import io.uvit.ops.optim.LossScaler;
import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.ops.parameters.Variables;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * The variables of a training program, which are all its state: the parameters under their official
 * names; {@code ema.}, {@code adam_m.} and {@code adam_v.} before the same names, and {@code
 * ema_RATE.} for each further average; the counters {@code step}, {@code updates} and {@code
 * skipped}; with a scaled loss {@code loss_scale} and {@code growth_tracker}.
 */
public final class TrainingState {
  private final Variables parameters;
  private final List<Average> averages;
  private final Variables firstMoments;
  private final Variables secondMoments;
  private final Counter step;
  private final Counter updates;
  private final Counter skipped;
  private final Optional<LossScale> lossScale;
  private final List<StateVariable<?>> all = new ArrayList<>();
  private final Op initialize;

  /**
   * Declares the variables in {@code tf}'s graph.
   *
   * @param scaler of the loss, if it is scaled
   */
  TrainingState(
      Ops tf, List<ParameterSpec> specs, long seed, Train config, Optional<LossScaler> scaler) {
    parameters = new Variables(tf, "", specs);
    averages = averages(tf, specs, config);
    firstMoments = new Variables(tf, "adam_m.", specs);
    secondMoments = new Variables(tf, "adam_v.", specs);
    step = new Counter(tf, "step");
    updates = new Counter(tf, "updates");
    skipped = new Counter(tf, "skipped");
    lossScale = scaler.map(rules -> new LossScale(tf, rules));

    List<Op> drawn = parameters.initialize(seed);
    list(parameters, drawn, true);
    for (Average average : averages) {
      Variables copy = average.variables();
      list(copy, copy.copyOf(tf.withControlDependencies(drawn), parameters), false);
    }
    list(firstMoments, firstMoments.zeros(), false);
    list(secondMoments, secondMoments.zeros(), false);
    for (Counter counter : List.of(step, updates, skipped)) {
      all.add(counter.state(tf));
    }
    lossScale.ifPresent(scale -> all.addAll(scale.state(tf)));
    List<Op> initializers = new ArrayList<>();
    all.forEach(variable -> initializers.add(variable.initializer()));
    initialize = tf.withName("initialize").withControlDependencies(initializers).noOp();
  }

  private static List<Average> averages(Ops tf, List<ParameterSpec> specs, Train config) {
    List<Average> all = new ArrayList<>();
    boolean warmup = config.getEmaWarmup();
    all.add(
        new Average(
            new Ema(config.getEmaDecay(), warmup), new Variables(tf, Average.MAIN_PREFIX, specs)));
    for (double decay : config.getExtraEmaDecaysList()) {
      all.add(
          new Average(
              new Ema(decay, warmup), new Variables(tf, Average.extraPrefix(decay), specs)));
    }
    return List.copyOf(all);
  }

  private void list(Variables variables, List<Op> initializers, boolean trainable) {
    List<ParameterSpec> specs = variables.specs();
    for (int i = 0; i < specs.size(); i++) {
      ParameterSpec spec = specs.get(i);
      all.add(
          new StateVariable<>(
              variables.variableName(spec),
              variables.handle(spec),
              variables.get(spec),
              TFloat32.class,
              initializers.get(i),
              trainable));
    }
  }

  /** The weights. */
  public Variables parameters() {
    return parameters;
  }

  /** The main moving average of the weights. */
  public Variables ema() {
    return averages.get(0).variables();
  }

  /** All moving averages: the main one, then the further ones in the experiment's order. */
  public List<Average> averages() {
    return averages;
  }

  /** First moments of AdamW. */
  public Variables firstMoments() {
    return firstMoments;
  }

  /** Second moments of AdamW. */
  public Variables secondMoments() {
    return secondMoments;
  }

  /** Steps done. */
  public Counter step() {
    return step;
  }

  /** Updates of the weights: steps that were not skipped. */
  public Counter updates() {
    return updates;
  }

  /**
   * Steps whose update was skipped because loss or gradient was not finite, and would not have been
   * with a smaller {@link #lossScale}.
   */
  public Counter skipped() {
    return skipped;
  }

  /** The scale of the loss, where gradients are computed in float16. */
  public Optional<LossScale> lossScale() {
    return lossScale;
  }

  /** All variables, in the order of the sets and counters above. */
  public List<StateVariable<?>> variables() {
    return List.copyOf(all);
  }

  /**
   * Gives every variable its first value; the moving averages start as copies of the parameters.
   */
  public Op initialize() {
    return initialize;
  }
}

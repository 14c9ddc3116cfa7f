package io.uvit.graph.train;

import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.LearningRateDecay;
import io.uvit.config.v1.Train;
import io.uvit.graph.diffusion.ForwardProcess;
import io.uvit.graph.model.Conditioning;
import io.uvit.graph.model.DenoiserGraph;
import io.uvit.graph.model.UViT;
import io.uvit.graph.model.UViTConfig;
import io.uvit.ops.nn.ForwardPass;
import io.uvit.ops.optim.AdamW;
import io.uvit.ops.optim.Ema;
import io.uvit.ops.optim.Gradients;
import io.uvit.ops.optim.LearningRate;
import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.ops.parameters.Variables;
import io.uvit.ops.random.StepRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TUint8;

/**
 * The whole training program of an experiment in one static graph; one {@code Session.run} of
 * {@link #trainStep} is one optimizer step:
 *
 * <pre>
 *   images, labels -> x0 -> noisy x_t -> U-ViT -> loss -> gradients -> norm [-> clip] -> finite?
 *     yes: AdamW on every parameter, updates + 1      no: skipped + 1
 *   -> moving average -> step + 1
 * </pre>
 *
 * Each arrow is a data or control dependency, so the result does not depend on scheduling. Time,
 * noise and label dropout are functions of (seed, step, purpose). The operands of those draws may
 * be fed to override them, as golden tests and other runtimes do.
 *
 * <p>Shapes: B = train.batch_size images of [H, W, C]. The graph holds no session and does no I/O.
 */
public final class TrainingGraph implements AutoCloseable {
  private final Graph graph = new Graph();
  private final Ops tf = Ops.create(graph);
  private final UViT model;
  private final Train config;
  private final ForwardProcess process;
  private final long batch;
  private final double labelDropout;

  private final Variables parameters;
  private final Variables ema;
  private final Variables firstMoments;
  private final Variables secondMoments;
  private final Counter step;
  private final Counter updates;
  private final Counter skipped;

  private final Placeholder<TUint8> images;
  private final Optional<Placeholder<TInt32>> labels;
  private final Optional<Placeholder<TFloat32>> context;
  private final Operand<TFloat32> x0;
  private final Operand<TFloat32> time;
  private final Operand<TFloat32> noise;
  private final Optional<Operand<TInt32>> labelsFed;
  private final Operand<TFloat32> unitTime;
  private final Operand<TFloat32> lossPerImage;
  private final Operand<TFloat32> loss;
  private final Operand<TFloat32> gradientNorm;
  private final Operand<TFloat64> learningRate;
  private final List<Operand<TFloat32>> gradients;
  private final Operand<TBool> finite;
  private final Op trainStep;
  private final Op initialize;
  private final DenoiserGraph emaDenoiser;

  /** Builds the graph of a resolved experiment. */
  public TrainingGraph(Experiment experiment) {
    model = new UViT(UViTConfig.of(experiment.getModel()));
    config = experiment.getTrain();
    process = new ForwardProcess(experiment.getDiffusion());
    batch = config.getBatchSize();
    labelDropout = experiment.getData().getLabelDropout();
    UViTConfig net = model.config();

    parameters = new Variables(tf, "", model.parameters());
    ema = new Variables(tf, "ema.", model.parameters());
    firstMoments = new Variables(tf, "adam_m.", model.parameters());
    secondMoments = new Variables(tf, "adam_v.", model.parameters());
    step = new Counter(tf, "step");
    updates = new Counter(tf, "updates");
    skipped = new Counter(tf, "skipped");

    // What a step is given.
    images =
        tf.withName("images")
            .placeholder(
                TUint8.class,
                Placeholder.shape(
                    Shape.of(batch, net.imageHeight(), net.imageWidth(), net.channels())));
    Operand<TFloat32> scaled =
        tf.math.sub(
            tf.math.div(tf.dtypes.cast(images, TFloat32.class), tf.constant(127.5f)),
            tf.constant(1f)); // [-1, 1]
    x0 = overridable("x0", scaled);
    StepRandom random = new StepRandom(tf, experiment.getSeed(), step.value());
    time = overridable("time", process.drawTime(tf, random, batch));
    noise =
        overridable(
            "noise",
            random.normal("noise", batch, net.imageHeight(), net.imageWidth(), net.channels()));
    labels =
        net.conditioning() instanceof Conditioning.ClassLabel
            ? Optional.of(
                tf.withName("labels").placeholder(TInt32.class, Placeholder.shape(Shape.of(batch))))
            : Optional.empty();
    labelsFed = labels.map(given -> overridable("labels_fed", dropLabels(given, random)));
    context =
        net.conditioning() instanceof Conditioning.Text text
            ? Optional.of(
                tf.withName("context")
                    .placeholder(
                        TFloat32.class,
                        Placeholder.shape(Shape.of(batch, text.numTokens(), text.contextDim()))))
            : Optional.empty();

    // Loss and gradients.
    Operand<TFloat32> noisy = process.noisy(tf, x0, noise, time); // [B, H, W, C]
    unitTime = process.unitTime(tf, time);
    Operand<TFloat32> prediction =
        model.apply(
            new ForwardPass(tf.withSubScope("uvit"), parameters),
            new UViT.Inputs(noisy, process.networkTime(tf, time), labelsFed, context.map(c -> c)));
    lossPerImage = process.lossPerImage(tf, process.target(x0, noise), prediction); // [B]
    loss = tf.math.mean(lossPerImage, tf.constant(0));
    gradients = gradientsOf(loss);
    gradientNorm = Gradients.globalNorm(tf, gradients);
    learningRate = schedule().apply(tf, step.value());

    finite = tf.math.logicalAnd(tf.math.isFinite(loss), tf.math.isFinite(gradientNorm));
    trainStep = buildUpdate();
    initialize = buildInitialize(experiment.getSeed());
    emaDenoiser = new DenoiserGraph(tf.withSubScope("denoise"), model, ema);
  }

  /** A placeholder of the value's own shape that may be fed, and else is the value. */
  private <T extends org.tensorflow.types.family.TType> Operand<T> overridable(
      String name, Operand<T> value) {
    return tf.withName(name).placeholderWithDefault(value, value.shape());
  }

  /**
   * Replaces labels by the null class with probability label_dropout (official datasets.py
   * CFGDataset).
   */
  private Operand<TInt32> dropLabels(Operand<TInt32> given, StepRandom random) {
    if (labelDropout == 0) {
      return given;
    }
    Conditioning.ClassLabel classes = (Conditioning.ClassLabel) model.config().conditioning();
    int nullClass =
        classes
            .nullClass()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "data.label_dropout: found "
                            + labelDropout
                            + ", but the model has no null class"));
    Operand<TBool> dropped =
        tf.math.less(random.uniform("label_dropout", batch), tf.constant((float) labelDropout));
    return tf.select(
        dropped, tf.fill(tf.constant(new long[] {batch}), tf.constant(nullClass)), given);
  }

  @SuppressWarnings("unchecked") // every parameter is float32, and so is its gradient
  private List<Operand<TFloat32>> gradientsOf(Operand<TFloat32> of) {
    List<Operand<TFloat32>> reads = new ArrayList<>();
    for (ParameterSpec spec : model.parameters()) {
      reads.add(parameters.get(spec));
    }
    List<Operand<TFloat32>> result = new ArrayList<>();
    for (var gradient : tf.gradients(of, reads).dy()) {
      result.add((Operand<TFloat32>) gradient);
    }
    return List.copyOf(result);
  }

  private LearningRate schedule() {
    LearningRate.Decay decay =
        config.getLearningRateDecay() == LearningRateDecay.COSINE
            ? LearningRate.Decay.COSINE
            : LearningRate.Decay.CONSTANT;
    return new LearningRate(
        config.getAdamw().getLearningRate(), config.getWarmupSteps(), decay, config.getSteps());
  }

  private Op buildUpdate() {
    var a = config.getAdamw();
    AdamW adamW = new AdamW(a.getBeta1(), a.getBeta2(), a.getEpsilon(), a.getWeightDecay());
    Ema average = new Ema(config.getEmaDecay());
    AdamW.StepScalars scalars = adamW.scalars(tf, learningRate, updates.value());
    List<Operand<TFloat32>> used =
        config.getGradClipNorm() > 0
            ? Gradients.clip(tf, gradients, gradientNorm, config.getGradClipNorm())
            : gradients;

    // Everything behind the true side of these switches is dead, that is not run, in a step that is
    // not finite.
    List<Op> updated = new ArrayList<>();
    for (int i = 0; i < used.size(); i++) {
      ParameterSpec spec = model.parameters().get(i);
      Operand<TFloat32> gate = tf.identity(tf.switchCond(used.get(i), finite).outputTrue());
      updated.add(adamW.update(tf, scalars, spec, parameters, firstMoments, secondMoments, gate));
    }
    updated.add(updates.increment(tf.withControlDependencies(List.copyOf(updated))));
    var sides = tf.switchCond(finite, finite);
    Operand<TBool> yes = tf.withControlDependencies(updated).identity(sides.outputTrue());
    Operand<TBool> notFinite = tf.identity(sides.outputFalse());
    Op counted = skipped.increment(tf.withControlDependencies(List.of(notFinite)));
    Operand<TBool> no = tf.withControlDependencies(List.of(counted)).identity(notFinite);
    Op settled = tf.merge(List.of(yes, no));

    List<Op> done = new ArrayList<>();
    for (ParameterSpec spec : model.parameters()) {
      done.add(average.update(tf, spec, parameters, ema, List.of(settled)));
    }
    done.add(step.increment(tf.withControlDependencies(List.of(settled))));
    return tf.withName("train_step").withControlDependencies(done).noOp();
  }

  private Op buildInitialize(long seed) {
    List<Op> assigned = new ArrayList<>(parameters.initialize(seed));
    Ops after = tf.withControlDependencies(assigned);
    List<Op> all = new ArrayList<>();
    for (ParameterSpec spec : model.parameters()) {
      Operand<TFloat32> zeros =
          after.fill(after.constant(spec.shape().asArray()), after.constant(0f));
      all.add(
          after.assignVariableOp(
              ema.handle(spec), after.readVariableOp(parameters.handle(spec), TFloat32.class)));
      all.add(after.assignVariableOp(firstMoments.handle(spec), zeros));
      all.add(after.assignVariableOp(secondMoments.handle(spec), zeros));
    }
    for (Counter counter : List.of(step, updates, skipped)) {
      all.add(counter.assign(after, after.constant(0L)));
    }
    return tf.withName("initialize").withControlDependencies(all).noOp();
  }

  /** The graph, for a session. */
  public Graph graph() {
    return graph;
  }

  /** The network. */
  public UViT model() {
    return model;
  }

  /**
   * Gives every variable its first value; the moving average starts as a copy of the parameters.
   */
  public Op initialize() {
    return initialize;
  }

  /** One optimizer step. */
  public Op trainStep() {
    return trainStep;
  }

  /** Images of a step, uint8 [B, H, W, C]. */
  public Placeholder<TUint8> images() {
    return images;
  }

  /** Class labels of a step before label dropout, int32 [B]. */
  public Optional<Placeholder<TInt32>> labels() {
    return labels;
  }

  /** Text tokens of a step, float32 [B, numTokens, contextDim]. */
  public Optional<Placeholder<TFloat32>> context() {
    return context;
  }

  /** Clean images in [-1, 1], [B, H, W, C]; may be fed instead of {@link #images}. */
  public Operand<TFloat32> x0() {
    return x0;
  }

  /** Training times, [B]: t in [0, 1) or n in 1..numSteps; drawn in the graph unless fed. */
  public Operand<TFloat32> time() {
    return time;
  }

  /** Training noise, [B, H, W, C]; drawn in the graph unless fed. */
  public Operand<TFloat32> noise() {
    return noise;
  }

  /** Labels after label dropout, [B]; may be fed. */
  public Optional<Operand<TInt32>> labelsFed() {
    return labelsFed;
  }

  /** Position of each image's time within the schedule, in [0, 1], [B]. */
  public Operand<TFloat32> unitTime() {
    return unitTime;
  }

  /** Mean square error of each image before the update, [B]. */
  public Operand<TFloat32> lossPerImage() {
    return lossPerImage;
  }

  /** Mean of {@link #lossPerImage}, scalar. */
  public Operand<TFloat32> loss() {
    return loss;
  }

  /** Global L2 norm of the gradient before clipping, scalar. */
  public Operand<TFloat32> gradientNorm() {
    return gradientNorm;
  }

  /**
   * Whether loss and gradient of this step are finite, that is whether the weights are updated;
   * scalar.
   */
  public Operand<TBool> finite() {
    return finite;
  }

  /** Learning rate of this step, scalar. */
  public Operand<TFloat64> learningRate() {
    return learningRate;
  }

  /** Gradient of the loss, in the order of the model's parameters. */
  public List<Operand<TFloat32>> gradients() {
    return gradients;
  }

  /** The weights. */
  public Variables parameters() {
    return parameters;
  }

  /** Moving average of the weights. */
  public Variables ema() {
    return ema;
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

  /** Steps whose update was skipped because loss or gradient was not finite. */
  public Counter skipped() {
    return skipped;
  }

  /** The network with the averaged weights, for previews. */
  public DenoiserGraph emaDenoiser() {
    return emaDenoiser;
  }

  @Override
  public void close() {
    graph.close();
  }
}

package io.uvit.graph.train;

import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.LearningRateDecay;
import io.uvit.config.v1.Runtime;
import io.uvit.config.v1.Train;
import io.uvit.graph.diffusion.ForwardProcess;
import io.uvit.graph.model.ComputeTypes;
import io.uvit.graph.model.UViT;
import io.uvit.graph.model.UViTConfig;
import io.uvit.ops.nn.ForwardPass;
import io.uvit.ops.optim.Gradients;
import io.uvit.ops.optim.LearningRate;
import io.uvit.ops.optim.LossScaler;
import io.uvit.ops.parameters.ComputeType;
import io.uvit.ops.parameters.Variables;
import io.uvit.ops.parameters.Weights;
import io.uvit.ops.random.StepRandom;
import io.uvit.ops.scope.GraphScope;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

/**
 * The whole training program of an experiment in one static graph; one {@code Session.run} of
 * {@link #trainStep} is one optimizer step:
 *
 * <pre>
 *   images, labels -> x0 -> noisy x_t -> U-ViT -> loss -> gradients -> norm [-> clip] -> finite?
 *     yes: AdamW on every parameter, updates + 1      no: skipped + 1
 *   -> moving averages -> step + 1
 * </pre>
 *
 * With {@code train.activation_checkpointing} the blocks are computed a second time for the
 * gradients ({@link CheckpointedGradients}), with {@code train.micro_batch_size} the gradients of
 * parts of the batch are added up ({@link AccumulatedGradients}). In float16 the gradients are
 * those of a scaled loss ({@link LossScale}); loss, norm and update are without scale.
 *
 * <p>Each arrow is a data or control dependency, so the result does not depend on scheduling. Time,
 * noise and label dropout are functions of (seed, step, purpose). The operands of those draws may
 * be fed to override them ({@link StepInputs}).
 *
 * <p>Shapes: B = train.batch_size images of [H, W, C]. The graph holds no session and does no I/O.
 */
public final class TrainingGraph implements AutoCloseable {
  private final Graph graph = new Graph();
  private final Ops tf = GraphScope.ops(graph);
  private final UViT model;
  private final ForwardProcess process;
  private final TrainingState state;
  private final StepInputs inputs;
  private final Operand<TFloat32> noisy;
  private final Operand<TFloat32> unitTime;
  private final Operand<TFloat32> lossPerImage;
  private final Operand<TFloat32> loss;
  private final Operand<TFloat32> gradientNorm;
  private final Operand<TFloat64> learningRate;
  private final List<Operand<TFloat32>> gradients;
  private final Operand<TBool> finite;
  private final Op trainStep;

  /** Builds the graph of a resolved experiment. */
  public TrainingGraph(Experiment experiment) {
    model = new UViT(UViTConfig.of(experiment.getModel()));
    process = new ForwardProcess(experiment.getDiffusion());
    Runtime runtime = experiment.getRuntime();
    state =
        new TrainingState(
            tf,
            model.parameters(),
            experiment.getSeed(),
            experiment.getTrain(),
            ComputeTypes.of(runtime) == ComputeType.FLOAT16
                ? Optional.of(LossScaler.OFFICIAL)
                : Optional.empty());
    StepRandom random = new StepRandom(tf, experiment.getSeed(), state.step().value());
    inputs = StepInputs.build(tf, experiment, model.config(), process, random);

    noisy = process.noisy(tf, inputs.x0(), inputs.noise(), inputs.time()); // [B, H, W, C]
    unitTime = process.unitTime(tf, inputs.time());
    Train train = experiment.getTrain();
    Weights weights = ComputeTypes.narrow(tf, state.parameters(), runtime);
    Optional<Operand<TFloat32>> scale = state.lossScale().map(LossScale::value);
    boolean checkpointing = train.getActivationCheckpointing();
    if (train.getMicroBatchSize() == 0 || train.getMicroBatchSize() == train.getBatchSize()) {
      UViT.Trace trace = trace(tf, weights);
      lossPerImage = lossPerImage(tf, trace.prediction()); // [B]
      loss = loss(tf, lossPerImage);
      gradients =
          LossGradients.of(
              tf, model, weights, trace, LossScale.scaled(tf, loss, scale), checkpointing);
    } else {
      AccumulatedGradients.Sums sums =
          new AccumulatedGradients(model, process, train.getMicroBatchSize(), checkpointing)
              .of(tf, weights, inputs, noisy, scale);
      lossPerImage = sums.lossPerImage(); // [B]
      loss = loss(tf, lossPerImage);
      gradients = sums.gradients();
    }
    Operand<TFloat32> norm = Gradients.globalNorm(tf, gradients);
    gradientNorm = state.lossScale().map(s -> s.divide(tf, norm)).orElse(norm);
    learningRate = schedule(train).apply(tf, state.step().value());

    finite = tf.math.logicalAnd(tf.math.isFinite(loss), tf.math.isFinite(gradientNorm));
    trainStep =
        new GatedUpdate(gradients, gradientNorm, loss, learningRate, finite)
            .build(tf, train, state);
  }

  /**
   * Adds the mean square error of each image with the given weights to the graph.
   *
   * @param scope for the names of the new ops; has no others yet
   * @return [B]
   */
  public Operand<TFloat32> lossPerImage(Ops scope, Weights weights) {
    return lossPerImage(scope, trace(scope, weights).prediction());
  }

  private UViT.Trace trace(Ops scope, Weights weights) {
    return model.trace(
        ForwardPass.differentiable(scope.withSubScope("uvit"), weights),
        new UViT.Inputs(
            noisy,
            process.networkTime(scope, inputs.time()),
            inputs.labelsChecked(),
            inputs.contextFed()));
  }

  private Operand<TFloat32> lossPerImage(Ops scope, Operand<TFloat32> prediction) {
    Operand<TFloat32> target = process.target(scope, inputs.x0(), inputs.noise(), inputs.time());
    return process.lossPerImage(scope, target, prediction);
  }

  /**
   * Adds the loss that is optimised: the mean of the images' square errors, each with its weight
   * where the experiment has {@code diffusion.min_snr_gamma}.
   *
   * @param perImage [B]
   * @return scalar
   */
  public Operand<TFloat32> loss(Ops scope, Operand<TFloat32> perImage) {
    Operand<TFloat32> weighted =
        process
            .lossWeight(scope, inputs.time())
            .<Operand<TFloat32>>map(weight -> scope.math.mul(weight, perImage))
            .orElse(perImage);
    return scope.withName("loss").math.mean(weighted, scope.constant(0));
  }

  /** The learning rate of each step of a training. */
  public static LearningRate schedule(Train config) {
    LearningRate.Decay decay =
        config.getLearningRateDecay() == LearningRateDecay.COSINE
            ? LearningRate.Decay.COSINE
            : LearningRate.Decay.CONSTANT;
    return new LearningRate(
        config.getAdamw().getLearningRate(), config.getWarmupSteps(), decay, config.getSteps());
  }

  /** The graph, for a session. */
  public Graph graph() {
    return graph;
  }

  /** The graph, for what is added to it. */
  public Ops ops() {
    return tf;
  }

  /** The network. */
  public UViT model() {
    return model;
  }

  /** All variables. */
  public TrainingState state() {
    return state;
  }

  /**
   * Gives every variable its first value; the moving averages start as copies of the parameters.
   */
  public Op initialize() {
    return state.initialize();
  }

  /** One optimizer step. */
  public Op trainStep() {
    return trainStep;
  }

  /** What a step is given or draws. */
  public StepInputs inputs() {
    return inputs;
  }

  /** Position of each image's time within the schedule, in [0, 1], [B]. */
  public Operand<TFloat32> unitTime() {
    return unitTime;
  }

  /** Mean square error of each image before the update, without weights, [B]. */
  public Operand<TFloat32> lossPerImage() {
    return lossPerImage;
  }

  /**
   * What is optimised: mean of {@link #lossPerImage()} with the weights of {@code
   * diffusion.min_snr_gamma}, scalar.
   */
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

  /**
   * What the update starts from: the gradient of the loss, times its scale where it has a {@link
   * #lossScale}, in the order of the model's parameters.
   */
  public List<Operand<TFloat32>> gradients() {
    return gradients;
  }

  /** The weights. */
  public Variables parameters() {
    return state.parameters();
  }

  /** The main moving average of the weights. */
  public Variables ema() {
    return state.ema();
  }

  /** All moving averages of the weights, the main one first. */
  public List<Average> averages() {
    return state.averages();
  }

  /** First moments of AdamW. */
  public Variables firstMoments() {
    return state.firstMoments();
  }

  /** Second moments of AdamW. */
  public Variables secondMoments() {
    return state.secondMoments();
  }

  /** Steps done. */
  public Counter step() {
    return state.step();
  }

  /** Updates of the weights: steps that were not skipped. */
  public Counter updates() {
    return state.updates();
  }

  /** Steps whose update was skipped, see {@link TrainingState#skipped}. */
  public Counter skipped() {
    return state.skipped();
  }

  /** The scale of the loss, where gradients are computed in float16. */
  public Optional<LossScale> lossScale() {
    return state.lossScale();
  }

  @Override
  public void close() {
    graph.close();
  }
}

package io.uvit.savedmodels.export;

import io.uvit.config.v1.Experiment;
import io.uvit.graph.model.Conditioning;
import io.uvit.graph.model.DenoiserGraph;
import io.uvit.graph.model.LabelCheck;
import io.uvit.graph.train.StateVariable;
import io.uvit.graph.train.StepInputs;
import io.uvit.graph.train.TrainingGraph;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/**
 * A {@link TrainingGraph} with signatures for other runtimes, which know nothing but them and the
 * names of the variables (docs/savedmodel-training.md).
 *
 * <p>The outputs of a signature that changes variables come after the change by control
 * dependencies, so that one call makes it exactly once, whichever outputs are fetched.
 */
final class TrainingProgram implements AutoCloseable {
  /** Not {@code serve}: servers are not to find this program. */
  static final String TAG = "train";

  private final TrainingGraph training;
  private final SaverGraph saver;
  private final Map<String, Signature> signatures = new LinkedHashMap<>();
  private final GraphDef definition;

  /** Builds the graph of a resolved experiment. */
  TrainingProgram(Experiment experiment) {
    training = new TrainingGraph(experiment);
    try {
      Ops tf = training.ops();
      saver = new SaverGraph(tf, entries(training.state().variables()));
      Ops scope = tf.withSubScope("signature");
      signatures.put("initialize", stepAfter(scope, "initialize", training.initialize()).build());
      addTraining(scope);
      addEvaluation(scope);
      addDenoise(scope);
      signatures.put(
          "save",
          new Signature.Builder()
              .input("prefix", saver.filename())
              .output("prefix", saver.saved())
              .build());
      signatures.put(
          "restore",
          stepAfter(scope, "restore", saver.restored()).input("prefix", saver.filename()).build());
      definition = training.graph().toGraphDef();
    } catch (RuntimeException | Error e) {
      training.close();
      throw e;
    }
  }

  private static List<SaverGraph.Entry> entries(List<StateVariable<?>> variables) {
    return variables.stream()
        .map(v -> new SaverGraph.Entry(v.name(), v.handle(), v.value(), v.type()))
        .toList();
  }

  /** A signature whose output {@code step} is the counter after {@code change}. */
  private Signature.Builder stepAfter(Ops scope, String name, Op change) {
    return new Signature.Builder().output("step", step(scope.withSubScope(name), change));
  }

  private Operand<TInt64> step(Ops scope, Op change) {
    return scope
        .withControlDependencies(List.of(change))
        .withName("step")
        .readVariableOp(training.step().handle(), TInt64.class);
  }

  private void addTraining(Ops scope) {
    Ops named = scope.withSubScope("train_step");
    Ops after = named.withControlDependencies(List.of(training.trainStep()));
    Map<String, Operand<?>> outputs = new LinkedHashMap<>();
    outputs.put("loss", after.withName("loss").identity(training.loss()));
    outputs.put(
        "loss_per_image", after.withName("loss_per_image").identity(training.lossPerImage()));
    outputs.put("gradient_norm", after.withName("gradient_norm").identity(training.gradientNorm()));
    outputs.put("learning_rate", after.withName("learning_rate").identity(training.learningRate()));
    outputs.put("finite", after.withName("finite").identity(training.finite()));
    outputs.put("step", step(named, training.trainStep()));
    training
        .lossScale()
        .ifPresent(
            scale ->
                outputs.put("loss_scale", after.withName("loss_scale").identity(scale.value())));

    StepInputs inputs = training.inputs();
    Map<String, Operand<?>> drawn = new LinkedHashMap<>();
    inputs.images().ifPresent(images -> drawn.put("images", images));
    inputs.moments().ifPresent(moments -> drawn.put("moments", moments));
    inputs.labels().ifPresent(label -> drawn.put("label", label));
    inputs.context().ifPresent(context -> drawn.put("context", context));
    inputs.emptyContext().ifPresent(context -> drawn.put("empty_context", context));
    signatures.put("train_step", new Signature(drawn, outputs));
    signatures.put("train_step_with", new Signature(given(), outputs));
  }

  /** Everything a step would draw. */
  private Map<String, Operand<?>> given() {
    StepInputs inputs = training.inputs();
    Map<String, Operand<?>> given = new LinkedHashMap<>();
    given.put("x0", inputs.x0());
    given.put("t", inputs.time());
    given.put("noise", inputs.noise());
    inputs.labelsFed().ifPresent(label -> given.put("label", label));
    inputs.contextFed().ifPresent(context -> given.put("context", context));
    return given;
  }

  private void addEvaluation(Ops scope) {
    signatures.put("evaluate", evaluation(scope.withSubScope("evaluate"), training.lossPerImage()));
    Ops averaged = scope.withSubScope("evaluate_ema");
    signatures.put(
        "evaluate_ema", evaluation(averaged, training.lossPerImage(averaged, training.ema())));
  }

  private Signature evaluation(Ops scope, Operand<TFloat32> lossPerImage) {
    Map<String, Operand<?>> outputs = new LinkedHashMap<>();
    outputs.put("loss", training.loss(scope, lossPerImage));
    outputs.put("loss_per_image", scope.withName("loss_per_image").identity(lossPerImage));
    return new Signature(given(), outputs);
  }

  /** The network with averaged weights, for samples between steps. */
  private void addDenoise(Ops scope) {
    DenoiserGraph denoiser =
        new DenoiserGraph(scope.withSubScope("averaged"), training.model(), training.ema());
    Ops named = scope.withSubScope("denoise");
    List<Op> checks = new ArrayList<>();
    Map<String, Operand<?>> inputs = new LinkedHashMap<>();
    inputs.put("x", denoiser.x());
    inputs.put("t", denoiser.t());
    denoiser
        .label()
        .ifPresent(
            label -> {
              var classes = (Conditioning.ClassLabel) training.model().config().conditioning();
              checks.add(LabelCheck.of(named, classes, label));
              inputs.put("label", label);
            });
    denoiser.context().ifPresent(context -> inputs.put("context", context));
    Shape shape = denoiser.x().asOutput().shape();
    Operand<TFloat32> prediction =
        named
            .withControlDependencies(checks)
            .withName("prediction")
            .ensureShape(denoiser.prediction(), shape);
    signatures.put("denoise", new Signature(inputs, Map.of("prediction", prediction)));
  }

  /** The graph whose variables are to be given values. */
  TrainingGraph training() {
    return training;
  }

  SaverGraph saver() {
    return saver;
  }

  /** By name, in the order of the documents. */
  Map<String, Signature> signatures() {
    return Collections.unmodifiableMap(signatures);
  }

  /** The description of the graph as it was built, without what loading of values adds to it. */
  MetaGraphDef metaGraph() {
    MetaGraphDef.Builder metaGraph =
        MetaGraphs.begin(TAG, definition).setSaverDef(saver.definition());
    signatures.forEach(
        (name, signature) -> metaGraph.putSignatureDef(name, signature.definition()));
    List<MetaGraphs.Declared> declared = new ArrayList<>();
    for (StateVariable<?> v : training.state().variables()) {
      declared.add(new MetaGraphs.Declared(v.handle(), v.value(), v.initializer(), v.trainable()));
    }
    MetaGraphs.putVariables(metaGraph, declared);
    return metaGraph.build();
  }

  @Override
  public void close() {
    training.close();
  }
}

package io.uvit.runner.train;

import io.uvit.config.ConfigLoader;
import io.uvit.config.ConfigPrinter;
import io.uvit.config.v1.Experiment;
import io.uvit.graph.train.Average;
import io.uvit.graph.train.Counter;
import io.uvit.graph.train.LossScale;
import io.uvit.graph.train.ScalarVariable;
import io.uvit.graph.train.TrainingGraph;
import io.uvit.ops.optim.Ema;
import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.ops.parameters.Variables;
import io.uvit.savedmodels.checkpoint.Checkpoint;
import io.uvit.savedmodels.checkpoint.CheckpointFolder;
import io.uvit.savedmodels.checkpoint.CheckpointManifest;
import io.uvit.savedmodels.checkpoint.CorruptCheckpointException;
import io.uvit.savedmodels.state.VariableState;
import io.uvit.savedmodels.weights.DataType;
import io.uvit.savedmodels.weights.SafetensorsWriter;
import io.uvit.savedmodels.weights.TensorEntry;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TensorFiles;
import io.uvit.savedmodels.weights.TensorWriter;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.tensorflow.Session;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TType;

/**
 * The files of a training checkpoint: {@code model.safetensors}, {@code ema.safetensors} and, for
 * each further average, {@code ema-RATE.safetensors} with the official state-dict names, {@code
 * optimizer.safetensors} with {@code exp_avg.NAME} and {@code exp_avg_sq.NAME}, and {@code
 * experiment.textproto}. Counters, the loss scale and the open log window are facts of the
 * manifest. Noise, time and data order are functions of the step, so nothing else is needed to go
 * on bit by bit.
 */
public final class TrainingCheckpoint {
  /** Weights. */
  public static final String MODEL = "model.safetensors";

  /** Averaged weights, of the main average. */
  public static final String EMA = "ema.safetensors";

  /** Moments of AdamW. */
  public static final String OPTIMIZER = "optimizer.safetensors";

  /** The resolved experiment. */
  public static final String EXPERIMENT = "experiment.textproto";

  /** Fact of the manifest: the digest of the images trained on. */
  static final String DATASET_DIGEST = "dataset_digest";

  /** The digest in a checkpoint that has seen no images, such as an imported one. */
  static final String ANY_DATASET = "any";

  /** Prefix of the first moments' names. */
  static final String FIRST = "exp_avg.";

  /** Prefix of the second moments' names. */
  static final String SECOND = "exp_avg_sq.";

  private static final String UPDATES = "updates";
  private static final String SKIPPED = "skipped_updates";
  private static final String WINDOW = "metrics_window";
  private static final String LOSS_SCALE = "loss_scale";
  private static final String GROWTH_TRACKER = "growth_tracker";

  private TrainingCheckpoint() {}

  /** The weights of a further average, {@code ema-0.999.safetensors}. */
  public static String extraEma(double decay) {
    return "ema-" + Ema.text(decay) + ".safetensors";
  }

  /** Bytes of all files together, nearly: weights, two moments and the averages. */
  public static long expectedBytes(TrainingSession session) {
    int copies = 3 + session.graph().averages().size();
    return copies * Float.BYTES * session.graph().model().parameterCount();
  }

  /** The file of each average, in the order of the graph's averages. */
  private static List<String> averageFiles(TrainingGraph graph) {
    List<String> files = new ArrayList<>(List.of(EMA));
    List<Average> averages = graph.averages();
    averages.subList(1, averages.size()).forEach(a -> files.add(extraEma(a.ema().decay())));
    return files;
  }

  /** Hands over the values of variables, wherever they are. */
  @FunctionalInterface
  interface Values {
    /** Every value, in C order, in the parameters' order. */
    void forEach(Variables variables, BiConsumer<ParameterSpec, float[]> consumer);
  }

  /** Writes all files of the session's state, one tensor at a time: it must not be trained on. */
  public static void write(
      CheckpointFolder folder,
      Experiment experiment,
      TrainingSession session,
      MetricsWindow window,
      Map<String, String> facts)
      throws IOException {
    Values values =
        (variables, consumer) -> VariableState.forEach(session.session(), variables, consumer);
    write(folder, experiment, session.graph(), values, facts(session, window, facts));
  }

  /** Counters, the loss scale where there is one, and the log window, beside further facts. */
  static Map<String, String> facts(
      TrainingSession session, MetricsWindow window, Map<String, String> more) {
    TrainingGraph graph = session.graph();
    Map<String, String> facts = new HashMap<>(more);
    facts.put(UPDATES, Long.toString(session.count(graph.updates())));
    facts.put(SKIPPED, Long.toString(session.count(graph.skipped())));
    facts.put(WINDOW, window.save());
    graph
        .lossScale()
        .ifPresent(
            scale -> {
              facts.put(LOSS_SCALE, Float.toString(session.scalar(scale.value())));
              facts.put(GROWTH_TRACKER, Long.toString(session.count(scale.growthTracker())));
            });
    return facts;
  }

  /** Writes all files from values that do not change meanwhile. */
  static void write(
      CheckpointFolder folder,
      Experiment experiment,
      TrainingGraph graph,
      Values values,
      Map<String, String> facts)
      throws IOException {
    writeWeights(folder.path().resolve(MODEL), values, graph.parameters());
    List<String> averages = averageFiles(graph);
    for (int i = 0; i < averages.size(); i++) {
      Path file = folder.path().resolve(averages.get(i));
      writeWeights(file, values, graph.averages().get(i).variables());
    }
    List<TensorEntry> moments =
        new ArrayList<>(VariableState.entries(graph.firstMoments(), FIRST, DataType.F32));
    moments.addAll(VariableState.entries(graph.secondMoments(), SECOND, DataType.F32));
    try (TensorWriter writer =
        SafetensorsWriter.create(folder.path().resolve(OPTIMIZER), moments, Map.of())) {
      write(values, graph.firstMoments(), FIRST, writer);
      write(values, graph.secondMoments(), SECOND, writer);
    }
    folder.write(EXPERIMENT, ConfigPrinter.toText(experiment).getBytes(StandardCharsets.UTF_8));
    facts.forEach(folder::fact);
  }

  private static void writeWeights(Path file, Values values, Variables variables) {
    List<TensorEntry> entries = VariableState.entries(variables, "", DataType.F32);
    try (TensorWriter writer = SafetensorsWriter.create(file, entries, Map.of("format", "pt"))) {
      write(values, variables, "", writer);
    }
  }

  private static void write(
      Values values, Variables variables, String prefix, TensorWriter writer) {
    values.forEach(
        variables, (spec, floats) -> writer.write(prefix + spec.name(), FloatBuffer.wrap(floats)));
  }

  /** The experiment a checkpoint was made with. */
  public static Experiment experiment(Checkpoint checkpoint) throws IOException {
    Path file = checkpoint.file(EXPERIMENT);
    return ConfigLoader.parse(Files.readString(file), file.toString());
  }

  /**
   * Gives the session the state of a checkpoint.
   *
   * @throws CorruptCheckpointException if it is not a training checkpoint
   */
  public static void read(Checkpoint checkpoint, TrainingSession session, MetricsWindow window)
      throws CorruptCheckpointException {
    read(checkpoint, session.session(), session.graph());
    try {
      window.restore(fact(checkpoint, WINDOW));
    } catch (IllegalArgumentException e) {
      throw malformed(checkpoint, WINDOW, e, "the sums of a log window");
    }
  }

  /**
   * Gives all variables of a training graph the state of a checkpoint. The loss scale of a graph in
   * float16 is the first one where the checkpoint is of another precision; a loss scale that the
   * graph has no use for is left alone.
   *
   * @throws CorruptCheckpointException if it is not a training checkpoint
   */
  public static void read(Checkpoint checkpoint, Session session, TrainingGraph graph)
      throws CorruptCheckpointException {
    load(checkpoint.file(MODEL), "", session, graph.parameters());
    List<String> averages = averageFiles(graph);
    for (int i = 0; i < averages.size(); i++) {
      Path file = checkpoint.file(averages.get(i));
      load(file, "", session, graph.averages().get(i).variables());
    }
    load(checkpoint.file(OPTIMIZER), FIRST, session, graph.firstMoments());
    load(checkpoint.file(OPTIMIZER), SECOND, session, graph.secondMoments());
    setCount(session, graph.step(), checkpoint.step());
    setCount(session, graph.updates(), updates(checkpoint));
    setCount(session, graph.skipped(), count(checkpoint, SKIPPED));
    if (graph.lossScale().isPresent()) {
      readLossScale(checkpoint, session, graph.lossScale().get());
    }
  }

  private static void readLossScale(Checkpoint checkpoint, Session session, LossScale scale)
      throws CorruptCheckpointException {
    boolean stored = checkpoint.manifest().facts().containsKey(LOSS_SCALE);
    float value = stored ? lossScale(checkpoint) : scale.rules().initial();
    set(session, scale.variable(), TFloat32.scalarOf(value));
    setCount(session, scale.growthTracker(), stored ? count(checkpoint, GROWTH_TRACKER) : 0);
  }

  private static float lossScale(Checkpoint checkpoint) throws CorruptCheckpointException {
    try {
      float value = Float.parseFloat(fact(checkpoint, LOSS_SCALE));
      if (!(value > 0 && value <= Float.MAX_VALUE)) {
        throw new NumberFormatException("not positive and finite");
      }
      return value;
    } catch (NumberFormatException e) {
      throw malformed(checkpoint, LOSS_SCALE, e, "a positive number");
    }
  }

  /** Sets a counter. */
  static void setCount(Session session, Counter counter, long value) {
    set(session, counter, TInt64.scalarOf(value));
  }

  private static <T extends TType> void set(Session session, ScalarVariable<T> variable, T value) {
    try (value) {
      session.runner().feed(variable.restored(), value).addTarget(variable.restore()).run().close();
    }
  }

  /** Updates of the weights made so far. */
  static long updates(Checkpoint checkpoint) throws CorruptCheckpointException {
    return count(checkpoint, UPDATES);
  }

  private static long count(Checkpoint checkpoint, String name) throws CorruptCheckpointException {
    try {
      return Long.parseLong(fact(checkpoint, name));
    } catch (NumberFormatException e) {
      throw malformed(checkpoint, name, e, "a whole number");
    }
  }

  private static CorruptCheckpointException malformed(
      Checkpoint checkpoint, String name, IllegalArgumentException cause, String wanted)
      throws CorruptCheckpointException {
    var corrupt =
        new CorruptCheckpointException(
            checkpoint.folder().resolve(CheckpointManifest.FILE_NAME),
            "fact " + name,
            "'" + fact(checkpoint, name) + "'",
            wanted);
    corrupt.initCause(cause);
    return corrupt;
  }

  private static void load(Path file, String prefix, Session session, Variables variables) {
    try (TensorFile all = TensorFiles.open(file)) {
      VariableState.load(session, variables, prefix.isEmpty() ? all : all.under(prefix));
    }
  }

  /** A fact of the manifest that every training checkpoint has. */
  static String fact(Checkpoint checkpoint, String name) throws CorruptCheckpointException {
    String value = checkpoint.manifest().facts().get(name);
    if (value == null) {
      throw new CorruptCheckpointException(
          checkpoint.folder().resolve(CheckpointManifest.FILE_NAME),
          "fact " + name,
          "none",
          "a training checkpoint's facts");
    }
    return value;
  }
}

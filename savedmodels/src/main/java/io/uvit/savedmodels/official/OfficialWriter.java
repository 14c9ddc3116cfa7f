package io.uvit.savedmodels.official;

import static io.uvit.savedmodels.weights.TorchWriter.tuple;

import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.savedmodels.checkpoint.AtomicFolder;
import io.uvit.savedmodels.export.TargetExistsException;
import io.uvit.savedmodels.state.StateDict;
import io.uvit.savedmodels.weights.DataType;
import io.uvit.savedmodels.weights.TensorEntry;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TensorWriter;
import io.uvit.savedmodels.weights.TorchWriter;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Writes a training folder as the official code does (utils.py, {@code TrainState.save}): each file
 * loads with {@code torch.load}, and {@code load_state_dict} of AdamW and of the schedule takes it,
 * from PyTorch 1.13 on. One tensor at a time goes from file to file.
 *
 * @param parameters of the network, in the official order
 * @param state what is written
 */
public record OfficialWriter(List<ParameterSpec> parameters, OfficialState state) {

  /**
   * Writes the folder, whole or not at all.
   *
   * @param target missing parents are made
   * @param overwrite whether an existing training folder is replaced
   * @throws TargetExistsException if the target exists and is not to be replaced
   * @throws io.uvit.savedmodels.state.StateDictException if the state does not fit the parameters
   * @throws io.uvit.savedmodels.checkpoint.DiskFullException when there is no room
   */
  public void write(Path target, boolean overwrite) throws IOException {
    checkTarget(target, overwrite);
    AtomicFolder.write(
        target,
        overwrite || Files.isDirectory(target),
        folder -> {
          network(folder.resolve(OfficialFiles.WEIGHTS), state.weights());
          network(folder.resolve(OfficialFiles.AVERAGE), state.average());
          optimizer(folder.resolve(OfficialFiles.OPTIMIZER));
          tree(folder.resolve(OfficialFiles.SCHEDULE), schedule());
          tree(folder.resolve(OfficialFiles.STEP), state.step());
        });
  }

  /** Refuses a target that {@link #write} would not replace; cheap, so callers may ask early. */
  public static void checkTarget(Path target, boolean overwrite) throws IOException {
    if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS) || !isTrainingFolder(target)) {
      throw new TargetExistsException(
          target,
          "something that is no official training folder",
          "a new or empty folder, or an official training folder");
    }
    if (!overwrite && Files.exists(target.resolve(OfficialFiles.STEP))) {
      throw new TargetExistsException(
          target, "an official training folder", "a new folder, or --overwrite");
    }
  }

  /**
   * Whether a folder holds nothing, or nothing but the files of a training, step.pth among them.
   */
  private static boolean isTrainingFolder(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      List<String> names = files.map(f -> f.getFileName().toString()).toList();
      return names.isEmpty()
          || (names.contains(OfficialFiles.STEP) && OfficialFiles.ALL.containsAll(names));
    }
  }

  private void network(Path file, TensorFile weights) {
    Map<String, String> names = StateDict.match(parameters, weights);
    List<TensorEntry> entries = new ArrayList<>();
    for (ParameterSpec spec : parameters) {
      entries.add(entry(spec.name(), spec));
    }
    try (TensorWriter writer = TorchWriter.create(file, entries)) {
      for (ParameterSpec spec : parameters) {
        copy(weights, names.get(spec.name()), spec.name(), writer);
      }
    }
  }

  private void optimizer(Path file) {
    Map<Object, Object> states = new LinkedHashMap<>();
    if (state.moments().isPresent()) {
      for (int i = 0; i < parameters.size(); i++) {
        Map<String, Object> moments = new LinkedHashMap<>();
        String updates = name(i, OfficialFiles.UPDATES);
        moments.put(OfficialFiles.UPDATES, new TensorEntry(updates, DataType.F32, List.of()));
        for (String moment : List.of(OfficialFiles.FIRST, OfficialFiles.SECOND)) {
          moments.put(moment, entry(name(i, moment), parameters.get(i)));
        }
        states.put((long) i, moments);
      }
    }
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("state", states);
    root.put("param_groups", List.of(group()));
    try (TensorWriter writer = TorchWriter.createTree(file, root)) {
      state.moments().ifPresent(moments -> writeMoments(moments, writer));
    }
  }

  private void writeMoments(OfficialState.Moments moments, TensorWriter writer) {
    Map<String, String> first = StateDict.match(parameters, moments.first());
    Map<String, String> second = StateDict.match(parameters, moments.second());
    for (int i = 0; i < parameters.size(); i++) {
      String parameter = parameters.get(i).name();
      writer.write(name(i, OfficialFiles.UPDATES), FloatBuffer.wrap(new float[] {state.updates()}));
      copy(moments.first(), first.get(parameter), name(i, OfficialFiles.FIRST), writer);
      copy(moments.second(), second.get(parameter), name(i, OfficialFiles.SECOND), writer);
    }
  }

  private Map<String, Object> group() {
    AdamWGroup numbers = state.group();
    Map<String, Object> group = new LinkedHashMap<>();
    group.put("lr", numbers.rate());
    group.put("betas", tuple(numbers.beta1(), numbers.beta2()));
    group.put("eps", numbers.epsilon());
    group.put("weight_decay", numbers.weightDecay());
    group.put("amsgrad", false);
    group.put("maximize", false);
    group.put("foreach", null);
    group.put("capturable", false);
    group.put("differentiable", false);
    group.put("fused", null);
    group.put("decoupled_weight_decay", true);
    group.put("initial_lr", state.schedule().baseRate());
    group.put("params", LongStream.range(0, parameters.size()).boxed().toList());
    return group;
  }

  /** Attributes of {@code LambdaLR}; with a cosine of {@code CosineAnnealingLR} too. */
  private Map<String, Object> schedule() {
    ScheduleState schedule = state.schedule();
    Map<String, Object> root = new LinkedHashMap<>();
    schedule
        .cosineSteps()
        .ifPresent(
            steps -> {
              root.put("T_max", steps);
              root.put("eta_min", 0L);
            });
    root.put("base_lrs", List.of(schedule.baseRate()));
    root.put("last_epoch", schedule.position());
    root.put("_step_count", schedule.position() + 1);
    root.put("_get_lr_called_within_step", false);
    root.put("_last_lr", List.of(schedule.rate()));
    root.put("lr_lambdas", Arrays.asList((Object) null)); // of a function PyTorch saves None
    return root;
  }

  private static void tree(Path file, Object root) {
    TorchWriter.createTree(file, root).close();
  }

  private static String name(int index, String entry) {
    return index + "/" + entry;
  }

  private static TensorEntry entry(String name, ParameterSpec spec) {
    return new TensorEntry(
        name, DataType.F32, Arrays.stream(spec.shape().asArray()).boxed().toList());
  }

  private static void copy(TensorFile from, String name, String to, TensorWriter writer) {
    if (from.entry(name).type() == DataType.F32) {
      writer.write(to, from.bytes(name));
    } else {
      writer.write(to, FloatBuffer.wrap(from.floats(name)));
    }
  }
}

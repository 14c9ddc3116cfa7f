package io.uvit.config;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.LearningRateDecay;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Compares the experiment of a checkpoint with the one it is to be continued with.
 *
 * <p>A difference blocks when the continued run would not be the run that was started: the network,
 * the diffusion, the data, the optimizer, the seed, the precision. Everything is blocking unless it
 * stands in the list of harmless fields, so a field added to the schema blocks until someone
 * decides otherwise. Harmless are the name, how often things are logged, previewed, checkpointed
 * and kept, how images are sampled, devices, threads, memory and compiler, how bad images are
 * treated, and how much the autoencoder works on at once. The number of steps is harmless with a
 * constant learning rate and blocks with the cosine, whose shape depends on it. A data source at
 * another path blocks: nothing tells whether it holds the same images.
 *
 * <p>Both experiments are compared with their defaults written in, so a checkpoint made before a
 * field existed equals a config that leaves it at its default.
 */
public final class ExperimentDiff {
  private static final Set<String> HARMLESS =
      Set.of(
          "name",
          "sample",
          "data.bad_images",
          "data.max_pixels",
          "data.workers",
          "data.prefetch_batches",
          "train.log_every",
          "train.preview_every",
          "train.checkpoint_every",
          "train.keep_last",
          "train.keep_every",
          "train.max_skipped_updates",
          "train.activation_checkpointing",
          "train.micro_batch_size",
          "train.preview",
          "latent.images_at_once",
          "latent.tile_size",
          "runtime.device",
          "runtime.intra_op_threads",
          "runtime.inter_op_threads",
          "runtime.xla",
          "runtime.gpu_memory_growth");

  private static final String STEPS = "train.steps";
  private static final String ABSENT = "absent";

  private ExperimentDiff() {}

  /**
   * A field that differs.
   *
   * @param path field path, {@code train.adamw.beta1}
   * @param checkpoint its value in the checkpoint as textproto, or {@code absent}
   * @param now its value in the config at hand as textproto, or {@code absent}
   */
  public record Difference(String path, String checkpoint, String now) {
    @Override
    public String toString() {
      return path + ": this " + now + ", checkpoint " + checkpoint;
    }
  }

  /**
   * Differences that make continuing the checkpoint's run impossible, in the order of the schema.
   */
  public static List<Difference> blocking(Experiment checkpoint, Experiment now) {
    return differences(checkpoint, now).stream()
        .filter(difference -> !isHarmless(difference.path(), checkpoint, now))
        .toList();
  }

  /** Differences that may be taken over on resume, in the order of the schema. */
  public static List<Difference> harmless(Experiment checkpoint, Experiment now) {
    return differences(checkpoint, now).stream()
        .filter(difference -> isHarmless(difference.path(), checkpoint, now))
        .toList();
  }

  /** All differences in the order of the schema; empty if the experiments mean the same. */
  public static List<Difference> differences(Experiment checkpoint, Experiment now) {
    List<Difference> differences = new ArrayList<>();
    compare("", ConfigDefaults.fill(checkpoint), ConfigDefaults.fill(now), differences);
    return List.copyOf(differences);
  }

  private static boolean isHarmless(String path, Experiment checkpoint, Experiment now) {
    if (path.equals(STEPS)) {
      return decay(checkpoint) == LearningRateDecay.CONSTANT
          && decay(now) == LearningRateDecay.CONSTANT;
    }
    return HARMLESS.stream()
        .anyMatch(harmless -> path.equals(harmless) || path.startsWith(harmless + "."));
  }

  private static LearningRateDecay decay(Experiment experiment) {
    LearningRateDecay decay = experiment.getTrain().getLearningRateDecay();
    return decay == LearningRateDecay.LEARNING_RATE_DECAY_UNSPECIFIED
        ? LearningRateDecay.CONSTANT
        : decay;
  }

  private static void compare(String prefix, Message a, Message b, List<Difference> into) {
    Map<FieldDescriptor, Object> left = a.getAllFields();
    Map<FieldDescriptor, Object> right = b.getAllFields();
    Set<FieldDescriptor> fields = new TreeSet<>(left.keySet());
    fields.addAll(right.keySet());
    for (FieldDescriptor field : fields) {
      String path = prefix + field.getName();
      Object x = left.get(field);
      Object y = right.get(field);
      if (x instanceof Message m && y instanceof Message n) {
        compare(path + ".", m, n, into);
      } else if (x == null || !x.equals(y)) {
        into.add(new Difference(path, text(field, x), text(field, y)));
      }
    }
  }

  private static String text(FieldDescriptor field, Object value) {
    if (field.isRepeated()) {
      return value == null ? ABSENT : String.valueOf(value); // numbers: [0.5, 0.9]
    }
    if (value == null) {
      // A field without presence is absent when it holds its zero value.
      return field.hasPresence() ? ABSENT : text(field, field.getDefaultValue());
    }
    // "name: value" or "name { ... }" on one line.
    String named = TextFormat.printer().escapingNonAscii(false).shortDebugString(field, value);
    String text = named.substring(field.getName().length());
    return (text.startsWith(":") ? text.substring(1) : text).strip();
  }
}

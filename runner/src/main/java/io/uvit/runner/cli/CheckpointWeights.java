package io.uvit.runner.cli;

import io.uvit.config.v1.Experiment;
import io.uvit.ops.optim.Ema;
import io.uvit.runner.train.TrainingCheckpoint;
import io.uvit.savedmodels.checkpoint.Checkpoint;
import io.uvit.savedmodels.export.WeightsFlavor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The weights of a checkpoint that {@code --weights} chooses.
 *
 * @param flavor which
 * @param file in the checkpoint
 */
record CheckpointWeights(WeightsFlavor flavor, String file) {
  static final String OPTION = "weights";
  static final String VALUES = "ema|model|ema:RATE";

  /** What the option means, without its default. */
  static final String DESCRIPTION =
      "averaged or plain weights of a checkpoint, or one of its train.extra_ema_decays";

  private static final String AVERAGE = "ema:";

  /**
   * Reads the option; without it, the main average.
   *
   * @throws UsageException listing what there is, if the checkpoint has no such weights
   */
  static CheckpointWeights of(Arguments arguments, Experiment experiment) throws UsageException {
    Map<String, CheckpointWeights> choices = choices(experiment);
    String asked = arguments.text(OPTION).orElse(WeightsFlavor.EMA.name());
    CheckpointWeights found = choices.get(normal(asked));
    if (found == null) {
      throw new UsageException(
          "--%s: found '%s', wanted one of %s"
              .formatted(OPTION, asked, String.join(", ", choices.keySet())));
    }
    return found;
  }

  /** All that a checkpoint of the experiment has, by name. */
  private static Map<String, CheckpointWeights> choices(Experiment experiment) {
    Map<String, CheckpointWeights> all = new LinkedHashMap<>();
    add(all, WeightsFlavor.EMA, TrainingCheckpoint.EMA);
    add(all, WeightsFlavor.MODEL, TrainingCheckpoint.MODEL);
    for (double decay : experiment.getTrain().getExtraEmaDecaysList()) {
      WeightsFlavor flavor = WeightsFlavor.extraEma(Ema.text(decay));
      add(all, flavor, TrainingCheckpoint.extraEma(decay));
    }
    return all;
  }

  private static void add(Map<String, CheckpointWeights> all, WeightsFlavor flavor, String file) {
    all.put(flavor.name(), new CheckpointWeights(flavor, file));
  }

  /** The rate in its shortest decimal text: 0.9990 and 9.99e-1 are 0.999. */
  private static String normal(String asked) {
    if (!asked.startsWith(AVERAGE)) {
      return asked;
    }
    try {
      double rate = Double.parseDouble(asked.substring(AVERAGE.length()));
      return Double.isFinite(rate) ? AVERAGE + Ema.text(rate) : asked;
    } catch (NumberFormatException e) {
      return asked; // no rate, so none of the choices
    }
  }

  /** Where they lie. */
  Path in(Checkpoint checkpoint) throws IOException {
    return checkpoint.file(file);
  }
}

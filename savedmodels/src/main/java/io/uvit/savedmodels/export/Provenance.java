package io.uvit.savedmodels.export;

import java.util.OptionalLong;

/**
 * Where exported weights come from.
 *
 * @param source what was exported or imported, for people: one line
 * @param step finished optimizer steps; empty when unknown, as for imported weights
 * @param weights what kind of weights, for people: one line
 * @param product version of this program
 */
public record Provenance(String source, OptionalLong step, String weights, String product) {
  private static final String TRAINING_STATE =
      "weights, their moving averages, both moments of AdamW, and the counters";

  /** A checkpoint of this program. */
  public static Provenance ofCheckpoint(long step, WeightsFlavor flavor, String product) {
    return new Provenance(
        "trained with this program", OptionalLong.of(step), flavor.description(), product);
  }

  /** The whole state of a run at a checkpoint of this program. */
  public static Provenance ofTrainingState(long step, String product) {
    return new Provenance(
        "trained with this program", OptionalLong.of(step), TRAINING_STATE, product);
  }

  /** A run that has not begun. */
  public static Provenance ofExperiment(String product) {
    return new Provenance(
        "the experiment's first values, drawn from its seed",
        OptionalLong.of(0),
        TRAINING_STATE,
        product);
  }

  /** A weight file of unknown history. */
  public static Provenance ofFile(String fileName, String product) {
    return new Provenance(
        "imported from the file " + fileName,
        OptionalLong.empty(),
        "as the file has them; whether they are averaged is not recorded",
        product);
  }
}

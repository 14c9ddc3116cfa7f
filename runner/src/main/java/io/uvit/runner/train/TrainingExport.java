package io.uvit.runner.train;

import io.uvit.config.v1.Experiment;
import io.uvit.savedmodels.checkpoint.Checkpoint;
import io.uvit.savedmodels.export.Provenance;
import io.uvit.savedmodels.export.TargetExistsException;
import io.uvit.savedmodels.export.TrainingSavedModelWriter;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Hands a run over to another runtime: its training program with all its state, as a SavedModel.
 */
public final class TrainingExport {
  private TrainingExport() {}

  /**
   * Writes the program of a checkpoint's experiment with the checkpoint's state.
   *
   * @param product version of this program
   * @return the experiment
   * @throws TargetExistsException if the target exists and is not to be replaced
   */
  public static Experiment ofCheckpoint(
      Checkpoint checkpoint, Path target, boolean overwrite, String product) throws IOException {
    Experiment experiment = TrainingCheckpoint.experiment(checkpoint);
    write(
        experiment,
        target,
        overwrite,
        (session, graph) -> TrainingCheckpoint.read(checkpoint, session, graph),
        Provenance.ofTrainingState(checkpoint.step(), product));
    return experiment;
  }

  /**
   * Writes the program of an experiment with its seeded first values.
   *
   * @param experiment resolved
   * @param product version of this program
   * @throws TargetExistsException if the target exists and is not to be replaced
   */
  public static void ofExperiment(
      Experiment experiment, Path target, boolean overwrite, String product) throws IOException {
    write(
        experiment,
        target,
        overwrite,
        TrainingSavedModelWriter.Values.FIRST,
        Provenance.ofExperiment(product));
  }

  private static void write(
      Experiment experiment,
      Path target,
      boolean overwrite,
      TrainingSavedModelWriter.Values values,
      Provenance provenance)
      throws IOException {
    new TrainingSavedModelWriter().write(target, overwrite, experiment, values, provenance);
  }
}

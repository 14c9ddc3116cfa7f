package io.uvit.runner.train;

import io.uvit.config.ConfigPrinter;
import io.uvit.config.v1.Experiment;
import io.uvit.savedmodels.checkpoint.AtomicFiles;
import io.uvit.savedmodels.checkpoint.CheckpointStore;
import io.uvit.savedmodels.checkpoint.RunLock;
import io.uvit.savedmodels.export.TargetExistsException;
import io.uvit.savedmodels.weights.TensorFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * A run directory that begins with weights from elsewhere: {@code uvit train} goes on from its
 * checkpoint of step 0.
 */
public final class ImportedRun {
  private ImportedRun() {}

  /**
   * Makes the run directory. The weights serve as all the averaged ones too; the moments are zero;
   * any images may follow.
   *
   * @param experiment resolved
   * @param directory created if absent
   * @param weights the official names, each exactly once
   * @param product version of this program, for the manifest
   * @return the checkpoint's folder
   * @throws io.uvit.config.ConfigException if this version cannot train such an experiment
   * @throws TargetExistsException if the directory has checkpoints already
   * @throws io.uvit.savedmodels.state.StateDictException if the weights do not fit the network
   */
  public static Path create(
      Experiment experiment, RunDirectory directory, TensorFile weights, String product)
      throws IOException {
    TrainingRun.refuseUnsupported(experiment);
    refuseUsed(directory);
    Files.createDirectories(directory.root());
    CheckpointStore store = CheckpointStore.builder(directory.root()).product(product).build();
    try (RunLock lock = RunLock.acquire(directory.root());
        TrainingSession session = new TrainingSession(experiment)) {
      refuseUsed(directory);
      session.initialize();
      session.load(weights);
      Map<String, String> facts =
          Map.of(TrainingCheckpoint.DATASET_DIGEST, TrainingCheckpoint.ANY_DATASET, "images", "0");
      Path checkpoint =
          store.commit(
              0,
              TrainingCheckpoint.expectedBytes(session),
              to -> TrainingCheckpoint.write(to, experiment, session, new MetricsWindow(), facts));
      AtomicFiles.write(
          directory.experiment(),
          ConfigPrinter.toText(experiment).getBytes(StandardCharsets.UTF_8));
      return checkpoint;
    }
  }

  /** Refuses a directory that has checkpoints, whole or not. */
  public static void refuseUsed(RunDirectory directory) throws IOException {
    CheckpointStore store = CheckpointStore.builder(directory.root()).build();
    if (!store.folders().isEmpty()) {
      throw new TargetExistsException(
          directory.root(), "checkpoints of a run", "a new run directory");
    }
  }
}

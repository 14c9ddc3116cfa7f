package io.uvit.runner.train;

import io.uvit.config.ConfigPrinter;
import io.uvit.config.v1.Experiment;
import io.uvit.graph.train.Average;
import io.uvit.graph.train.TrainingGraph;
import io.uvit.savedmodels.checkpoint.AtomicFiles;
import io.uvit.savedmodels.checkpoint.CheckpointStore;
import io.uvit.savedmodels.checkpoint.RunLock;
import io.uvit.savedmodels.export.TargetExistsException;
import io.uvit.savedmodels.official.OfficialState;
import io.uvit.savedmodels.state.VariableState;
import io.uvit.savedmodels.weights.TensorFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import org.tensorflow.Session;

/**
 * A run directory that begins with a state from elsewhere: {@code uvit train} goes on from its only
 * checkpoint.
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
   * @return the folder of the checkpoint, of step 0
   * @throws TargetExistsException if the directory has checkpoints already
   * @throws io.uvit.savedmodels.state.StateDictException if the weights do not fit the network
   */
  public static Path create(
      Experiment experiment, RunDirectory directory, TensorFile weights, String product)
      throws IOException {
    return create(experiment, directory, product, 0, session -> session.load(weights));
  }

  /**
   * Makes the run directory of a training of the official code, to go on where that stopped: its
   * step, weights, averaged weights, moments and number of updates; any images may follow. Steps
   * without an update are not counted as skipped: PyTorch's loss scaling skips steps by design.
   *
   * @param experiment resolved; must be the one trained, see {@link OfficialAgreement}
   * @param directory created if absent
   * @param state of the training
   * @param product version of this program, for the manifest
   * @return the folder of the checkpoint, of the training's step
   * @throws io.uvit.config.ConfigException if the experiment contradicts the state
   * @throws TargetExistsException if the directory has checkpoints already
   * @throws io.uvit.savedmodels.state.StateDictException if the state does not fit the network
   */
  public static Path create(
      Experiment experiment, RunDirectory directory, OfficialState state, String product)
      throws IOException {
    OfficialAgreement.require(experiment, state);
    return create(experiment, directory, product, state.step(), session -> load(state, session));
  }

  private static void load(OfficialState state, TrainingSession training) {
    TrainingGraph graph = training.graph();
    Session session = training.session();
    VariableState.load(session, graph.parameters(), state.weights());
    for (Average average : graph.averages()) {
      VariableState.load(session, average.variables(), state.average());
    }
    if (state.moments().isPresent()) {
      VariableState.load(session, graph.firstMoments(), state.moments().get().first());
      VariableState.load(session, graph.secondMoments(), state.moments().get().second());
    }
    TrainingCheckpoint.setCount(session, graph.step(), state.step());
    TrainingCheckpoint.setCount(session, graph.updates(), state.updates());
  }

  /** Writes the checkpoint of an initialised session whose variables {@code load} has set. */
  private static Path create(
      Experiment experiment,
      RunDirectory directory,
      String product,
      long step,
      Consumer<TrainingSession> load)
      throws IOException {
    refuseUsed(directory);
    Files.createDirectories(directory.root());
    CheckpointStore store = CheckpointStore.builder(directory.root()).product(product).build();
    try (RunLock lock = RunLock.acquire(directory.root());
        TrainingSession session = new TrainingSession(experiment)) {
      refuseUsed(directory);
      session.initialize();
      load.accept(session);
      String images = Long.toString(step * experiment.getTrain().getBatchSize());
      Map<String, String> facts =
          Map.of(
              TrainingCheckpoint.DATASET_DIGEST, TrainingCheckpoint.ANY_DATASET, "images", images);
      Path checkpoint =
          store.commit(
              step,
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

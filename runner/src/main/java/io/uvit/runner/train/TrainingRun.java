package io.uvit.runner.train;

import io.uvit.config.ConfigException;
import io.uvit.config.ConfigPrinter;
import io.uvit.config.ConfigProblem;
import io.uvit.config.ExperimentDiff;
import io.uvit.config.v1.Experiment;
import io.uvit.runner.data.DataException;
import io.uvit.runner.data.Dataset;
import io.uvit.savedmodels.checkpoint.AtomicFiles;
import io.uvit.savedmodels.checkpoint.Checkpoint;
import io.uvit.savedmodels.checkpoint.CheckpointListener.Kind;
import io.uvit.savedmodels.checkpoint.CheckpointStore;
import io.uvit.savedmodels.checkpoint.CorruptCheckpointException;
import io.uvit.savedmodels.checkpoint.RunLock;
import io.uvit.savedmodels.checkpoint.RunLockedException;
import io.uvit.savedmodels.checkpoint.UnwritableFolderException;
import io.uvit.savedmodels.weights.TensorFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * One call of {@code uvit train}: locks the run directory, finds where to start, opens data and
 * session, trains.
 *
 * @param experiment resolved
 * @param directory of the run, created if absent
 * @param resume where to start
 * @param initialWeights weights to start a fresh run from, instead of the official initialisation
 */
public record TrainingRun(
    Experiment experiment,
    RunDirectory directory,
    Resume resume,
    Optional<InitialWeights> initialWeights) {

  /**
   * Trains to the end or to a stop request.
   *
   * @param notes hears sentences for people
   * @throws ConfigException if the experiment contradicts the checkpoint, or the run directory has
   *     checkpoints that {@code resume} does not go on from
   * @throws CorruptCheckpointException if the checkpoint to resume from is absent or damaged
   * @throws UnwritableFolderException if the run directory cannot be made or written in
   * @throws RunLockedException if another process trains in the run directory
   * @throws DivergedException after too many skipped updates
   */
  public Trainer.Outcome execute(TrainListener listener, StopRequest stop, Consumer<String> notes)
      throws IOException, DataException, InterruptedException {
    createDirectory();
    try (RunLock lock = RunLock.acquire(directory.root())) {
      CheckpointStore store = store(notes);
      Optional<Checkpoint> start = start(store);
      if (start.isPresent()) {
        refuseContradiction(start.get());
      }
      AtomicFiles.write(
          directory.experiment(),
          ConfigPrinter.toText(experiment).getBytes(StandardCharsets.UTF_8));
      try (TrainingData data = TrainingData.open(experiment)) {
        notes.accept(data.dataset().summary().toString());
        if (start.isPresent()) {
          refuseOtherData(start.get(), data.dataset());
        }
        Trainer.Outcome outcome = train(store, start, data, listener, stop, notes);
        notes.accept(data.dataset().summary().toString());
        return outcome;
      }
    }
  }

  private Trainer.Outcome train(
      CheckpointStore store,
      Optional<Checkpoint> start,
      TrainingData data,
      TrainListener listener,
      StopRequest stop,
      Consumer<String> notes)
      throws IOException, DataException, InterruptedException {
    try (TrainingSession session = new TrainingSession(experiment)) {
      MetricsWindow window = new MetricsWindow();
      if (start.isPresent()) {
        TrainingCheckpoint.read(start.get(), session, window);
        noteResumed(start.get(), notes);
      } else {
        session.initialize();
        initialWeights.ifPresent(weights -> load(weights, session, notes));
      }
      Optional<Path> folder = start.map(Checkpoint::folder);
      return new Trainer(experiment, data, session, window, store, folder, listener, stop).run();
    }
  }

  private void createDirectory() throws IOException {
    try {
      Files.createDirectories(directory.root());
    } catch (FileSystemException e) {
      throw new UnwritableFolderException(directory.root(), e);
    }
  }

  private void noteResumed(Checkpoint start, Consumer<String> notes) {
    notes.accept("resuming at step " + start.step() + " from " + start.folder());
    initialWeights.ifPresent(
        weights ->
            notes.accept(weights.file() + " is not read: the weights are those of the checkpoint"));
    if (start.step() >= experiment.getTrain().getSteps()) {
      notes.accept("all " + experiment.getTrain().getSteps() + " steps are done already");
    }
  }

  private static void load(
      InitialWeights initial, TrainingSession session, Consumer<String> notes) {
    try (TensorFile weights = initial.open(session.graph().model().parameters())) {
      session.load(weights);
      notes.accept("starting from the weights of " + weights);
    }
  }

  private CheckpointStore store(Consumer<String> notes) {
    String version = TrainingRun.class.getPackage().getImplementationVersion();
    return CheckpointStore.builder(directory.root())
        .product(version == null ? "development" : version)
        .listener(
            (kind, folder, detail) -> {
              if (kind != Kind.PRUNED && kind != Kind.LEFTOVER_DELETED) {
                notes.accept(folder + ": " + detail);
              }
            })
        .build();
  }

  private Optional<Checkpoint> start(CheckpointStore store) throws IOException {
    if (resume instanceof Resume.From from) {
      Checkpoint checkpoint = store.open(from.checkpoint());
      refuseLaterCheckpoints(store, checkpoint);
      return Optional.of(checkpoint);
    }
    Optional<Checkpoint> latest = store.openLatest();
    if (resume instanceof Resume.Never && latest.isPresent()) {
      throw new ConfigException(
          directory.root().toString(),
          List.of(
              new ConfigProblem(
                  "--resume",
                  "this run directory has checkpoints",
                  latest.get().folder().toString(),
                  "a new --run-dir")));
    }
    return latest;
  }

  /** Going back within a run directory would end at the first checkpoint that is there already. */
  private void refuseLaterCheckpoints(CheckpointStore store, Checkpoint from) throws IOException {
    Optional<Checkpoint> latest = store.latest();
    if (latest.isPresent() && latest.get().step() > from.step()) {
      throw new ConfigException(
          directory.root().toString(),
          List.of(
              new ConfigProblem(
                  "--resume",
                  "this run directory has a checkpoint after step " + from.step(),
                  latest.get().folder().toString(),
                  "a new --run-dir, or --resume auto to go on from the newest")));
    }
  }

  private void refuseContradiction(Checkpoint checkpoint) throws IOException {
    Experiment before = TrainingCheckpoint.experiment(checkpoint);
    List<ConfigProblem> problems =
        ExperimentDiff.blocking(before, experiment).stream()
            .map(
                d ->
                    new ConfigProblem(
                        d.path(),
                        "contradicts the checkpoint " + checkpoint.folder(),
                        d.now(),
                        d.checkpoint()))
            .toList();
    if (!problems.isEmpty()) {
      throw new ConfigException(experiment.getName(), problems);
    }
  }

  private static void refuseOtherData(Checkpoint checkpoint, Dataset dataset)
      throws IOException, DataException {
    String before = TrainingCheckpoint.fact(checkpoint, TrainingCheckpoint.DATASET_DIGEST);
    if (!before.equals(TrainingCheckpoint.ANY_DATASET) && !before.equals(dataset.digest())) {
      throw new DataException(
          "data: found other images than those of checkpoint "
              + checkpoint.folder()
              + " (digest "
              + dataset.digest()
              + "), wanted digest "
              + before);
    }
  }
}

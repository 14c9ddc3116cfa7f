package io.uvit.runner.train;

import io.uvit.config.v1.AdamW;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.LearningRateDecay;
import io.uvit.config.v1.Train;
import io.uvit.graph.model.UViT;
import io.uvit.graph.model.UViTConfig;
import io.uvit.graph.train.TrainingGraph;
import io.uvit.savedmodels.checkpoint.Checkpoint;
import io.uvit.savedmodels.official.AdamWGroup;
import io.uvit.savedmodels.official.OfficialState;
import io.uvit.savedmodels.official.OfficialWriter;
import io.uvit.savedmodels.official.ScheduleState;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TensorFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/** A training checkpoint as the official code's folder, which PyTorch goes on from. */
public final class OfficialExport {
  private OfficialExport() {}

  /**
   * Writes the folder, whole or not at all. The tensors go from file to file; no session is needed.
   *
   * @param checkpoint of a training
   * @param target missing parents are made
   * @param overwrite whether an existing training folder is replaced
   * @throws io.uvit.savedmodels.export.TargetExistsException if the target exists and is not to be
   *     replaced
   * @throws io.uvit.savedmodels.checkpoint.CorruptCheckpointException if it is not a training
   *     checkpoint
   */
  public static void write(Checkpoint checkpoint, Path target, boolean overwrite)
      throws IOException {
    Experiment experiment = TrainingCheckpoint.experiment(checkpoint);
    UViT model = new UViT(UViTConfig.of(experiment.getModel()));
    try (TensorFile weights = TensorFiles.open(checkpoint.file(TrainingCheckpoint.MODEL));
        TensorFile average = TensorFiles.open(checkpoint.file(TrainingCheckpoint.EMA));
        TensorFile moments = TensorFiles.open(checkpoint.file(TrainingCheckpoint.OPTIMIZER))) {
      long updates = TrainingCheckpoint.updates(checkpoint);
      ScheduleState schedule = schedule(experiment.getTrain(), checkpoint.step());
      OfficialState state =
          new OfficialState(
              checkpoint.step(),
              updates,
              group(experiment.getTrain().getAdamw(), schedule.rate()),
              schedule,
              weights,
              average,
              updates == 0
                  ? Optional.empty()
                  : Optional.of(
                      new OfficialState.Moments(
                          moments.under(TrainingCheckpoint.FIRST),
                          moments.under(TrainingCheckpoint.SECOND))));
      new OfficialWriter(model.parameters(), state).write(target, overwrite);
    }
  }

  private static AdamWGroup group(AdamW ours, double rate) {
    return new AdamWGroup(
        rate, ours.getBeta1(), ours.getBeta2(), ours.getEpsilon(), ours.getWeightDecay());
  }

  /** A cosine without warm-up is PyTorch's; one after a warm-up has no class of its own there. */
  private static ScheduleState schedule(Train train, long step) {
    boolean theirCosine =
        train.getLearningRateDecay() == LearningRateDecay.COSINE && train.getWarmupSteps() == 0;
    return new ScheduleState(
        train.getAdamw().getLearningRate(),
        TrainingGraph.schedule(train).at(step),
        step,
        theirCosine ? OptionalLong.of(train.getSteps()) : OptionalLong.empty());
  }
}

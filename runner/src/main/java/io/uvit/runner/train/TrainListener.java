package io.uvit.runner.train;

import io.uvit.runner.image.ByteImage;
import io.uvit.runner.metrics.MetricsLine;
import java.io.IOException;
import java.nio.file.Path;

/** Hears what a training run does. */
public interface TrainListener {
  /**
   * The run begins, or goes on, after {@code step} finished steps; what later steps wrote before is
   * void.
   */
  void started(long step) throws IOException;

  /** A step is finished; {@code step} counts from 1. */
  void stepped(long step, StepResult result) throws IOException;

  /** A log line is due. */
  void logged(MetricsLine line) throws IOException;

  /**
   * A preview grid was made. Called by the thread that makes previews, while later steps may be
   * under way. What is to be kept of it must be durable when this returns: a checkpoint of this
   * step or a later one is committed only then, and a run that resumes from that does not make the
   * preview again.
   */
  void previewed(long step, ByteImage grid) throws IOException;

  /**
   * The state of a checkpoint is about to be taken. What was logged so far must be durable when
   * this returns: a run that resumes from the checkpoint does not write it again.
   */
  void checkpointing(long step) throws IOException;

  /**
   * A checkpoint was committed. Called by the thread that writes checkpoints, while later steps may
   * be under way.
   */
  void checkpointed(long step, Path folder) throws IOException;
}

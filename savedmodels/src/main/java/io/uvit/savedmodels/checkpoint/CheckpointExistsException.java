package io.uvit.savedmodels.checkpoint;

import java.io.IOException;
import java.nio.file.Path;

/** A whole checkpoint of that step is there already; checkpoints are never overwritten. */
public final class CheckpointExistsException extends IOException {
  private static final long serialVersionUID = 1L;

  CheckpointExistsException(Path folder) {
    super(folder + ": a whole checkpoint of this step exists already and is never overwritten");
  }
}

package io.uvit.savedmodels.checkpoint;

import java.io.IOException;
import java.nio.file.Path;

/** Another process, or another part of this one, works in the run directory. */
public final class RunLockedException extends IOException {
  private static final long serialVersionUID = 1L;

  RunLockedException(Path runDir, String holder) {
    super(
        "run directory %s is in use by %s; wait for it to end, stop it, or choose another --run-dir"
            .formatted(runDir, holder));
  }
}

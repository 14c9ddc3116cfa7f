package io.uvit.savedmodels.checkpoint;

import java.io.IOException;
import java.nio.file.Path;

/** A whole checkpoint in a format version that this program does not know. */
public final class UnsupportedCheckpointException extends IOException {
  private static final long serialVersionUID = 1L;

  UnsupportedCheckpointException(Path manifest, long found, String product) {
    super(
        "%s: unknown checkpoint format, found version %d (written by %s), wanted version %d"
            .formatted(manifest, found, product, CheckpointManifest.VERSION));
  }
}

package io.uvit.savedmodels.checkpoint;

import java.io.IOException;
import java.nio.file.Path;

/** A folder in which this process cannot create files. */
public final class UnwritableFolderException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Names the folder and the platform's reason. */
  public UnwritableFolderException(Path folder, IOException cause) {
    super(
        "cannot write in %s: found %s, wanted a folder that user %s may write to"
            .formatted(folder, cause, System.getProperty("user.name")),
        cause);
  }
}

package io.uvit.savedmodels.checkpoint;

import java.io.IOException;
import java.nio.file.Path;

/** A checkpoint that is not what its manifest says: names the file, what was found and wanted. */
public final class CorruptCheckpointException extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient Path file;
  private final String found;
  private final String wanted;

  /**
   * Creates the error.
   *
   * @param file the file (or checkpoint folder) at fault
   * @param problem what is wrong with it, a few words
   */
  public CorruptCheckpointException(Path file, String problem, String found, String wanted) {
    super(file + ": " + problem + ", found " + found + ", wanted " + wanted);
    this.file = file;
    this.found = found;
    this.wanted = wanted;
  }

  /** The file (or checkpoint folder) at fault; null after deserialisation. */
  public Path file() {
    return file;
  }

  public String found() {
    return found;
  }

  public String wanted() {
    return wanted;
  }
}

package io.uvit.runner.cli;

/** What the process tells its caller at the end. The numbers are part of the interface. */
public enum ExitCode {
  /** The command did what was asked. */
  OK(0, "done"),
  /** A fault of the program itself. */
  INTERNAL(1, "internal error"),
  /** Unknown command or option, missing or malformed argument, a run folder that is in use. */
  USAGE(2, "wrong usage"),
  /** The experiment cannot be read, is invalid, or asks for what is not there yet. */
  BAD_CONFIG(3, "bad config"),
  /** Input data is missing, unreadable or of the wrong shape. */
  BAD_DATA(4, "bad or missing input data"),
  /** A checkpoint, weight file or SavedModel is missing, damaged or does not fit the model. */
  BAD_CHECKPOINT(5, "bad checkpoint or weight file"),
  /** Training met more non-finite updates than allowed. */
  DIVERGED(6, "training diverged"),
  /** The disk is full, the quota is used up, or the folder to write to is not writable. */
  DISK_FULL(7, "disk full or not writable"),
  /** The TensorFlow runtime could not be loaded or failed. */
  NATIVE_RUNTIME(8, "native runtime failed"),
  /** Stopped by SIGINT (Ctrl-C) after a good checkpoint. */
  INTERRUPTED(130, "stopped by SIGINT"),
  /** Stopped by SIGTERM after a good checkpoint. */
  TERMINATED(143, "stopped by SIGTERM");

  private final int code;
  private final String meaning;

  ExitCode(int code, String meaning) {
    this.code = code;
    this.meaning = meaning;
  }

  /** The status the process exits with, 0 to 255. */
  public int code() {
    return code;
  }

  /** A few words for the help text. */
  public String meaning() {
    return meaning;
  }
}

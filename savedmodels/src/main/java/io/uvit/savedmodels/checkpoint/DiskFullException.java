package io.uvit.savedmodels.checkpoint;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** No space left where a checkpoint was to be written; earlier checkpoints are untouched. */
public final class DiskFullException extends IOException {
  private static final long serialVersionUID = 1L;

  /** What the platforms' error texts have in common: ENOSPC, EDQUOT, ERROR_DISK_FULL. */
  private static final List<String> SIGNS =
      List.of("no space left on device", "quota exceeded", "not enough space on the disk");

  private DiskFullException(String message, Throwable cause) {
    super(message, cause);
  }

  static DiskFullException expected(Path folder, long wantedBytes, long foundBytes) {
    return new DiskFullException(
        "disk full: %s has %,d bytes free, wanted %,d for the next checkpoint"
            .formatted(folder, foundBytes, wantedBytes),
        null);
  }

  static DiskFullException during(Path path, Throwable cause) {
    return new DiskFullException(
        "disk full: nothing more could be written to %s (%s)".formatted(path, cause.getMessage()),
        cause);
  }

  /** Says whether an error, or any cause of it, is the platform's "no space left". */
  public static boolean isDiskFull(Throwable error) {
    for (Throwable e = error; e != null; e = e.getCause()) {
      String text = e.getMessage() == null ? "" : e.getMessage().toLowerCase(Locale.ROOT);
      if (e instanceof DiskFullException || SIGNS.stream().anyMatch(text::contains)) {
        return true;
      }
    }
    return false;
  }
}

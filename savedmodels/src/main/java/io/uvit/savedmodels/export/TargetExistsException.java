package io.uvit.savedmodels.export;

import java.io.IOException;
import java.nio.file.Path;

/** Something is in the way of an export; it is left as it is. */
public final class TargetExistsException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Names the target, what is there and what was wanted. */
  public TargetExistsException(Path target, String found, String wanted) {
    super(target + ": found " + found + ", wanted " + wanted);
  }
}

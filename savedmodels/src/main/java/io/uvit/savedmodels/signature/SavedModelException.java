package io.uvit.savedmodels.signature;

import java.nio.file.Path;

/** A SavedModel is missing, cannot be read or loaded, or lacks what is asked of it. */
public final class SavedModelException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  SavedModelException(Path model, String found, String wanted) {
    this(model, found, wanted, null);
  }

  SavedModelException(Path model, String found, String wanted, Throwable cause) {
    super(model + ": found " + found + ", wanted " + wanted, cause);
  }
}

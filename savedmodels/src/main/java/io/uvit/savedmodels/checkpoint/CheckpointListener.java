package io.uvit.savedmodels.checkpoint;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;

/** Hears what a {@link CheckpointStore} found or did beside its result. */
@FunctionalInterface
public interface CheckpointListener {

  /** What happened. */
  enum Kind {
    /** A temporary folder of a process that ended before it committed was found, and left alone. */
    LEFTOVER_FOUND,
    /** Such a folder, or the rest of a pruned checkpoint, was deleted. */
    LEFTOVER_DELETED,
    /** A folder that could not be deleted; a later commit tries again. */
    DELETE_FAILED,
    /** A checkpoint folder that is not whole was passed over for an older one. */
    DAMAGED_SKIPPED,
    /** A damaged checkpoint folder was renamed to make room for a new one of the same step. */
    DAMAGED_SET_ASIDE,
    /** A checkpoint was deleted by the retention rule. */
    PRUNED
  }

  /**
   * Called once per finding.
   *
   * @param folder the folder concerned
   * @param detail a sentence for a person
   */
  void report(Kind kind, Path folder, String detail);

  /** Returns a listener that logs to the system logger of this class. */
  static CheckpointListener logging() {
    Logger logger = System.getLogger(CheckpointListener.class.getName());
    return (kind, folder, detail) ->
        logger.log(
            kind == Kind.PRUNED || kind == Kind.LEFTOVER_DELETED ? Level.DEBUG : Level.WARNING,
            "{0}: {1}",
            folder,
            detail);
  }
}

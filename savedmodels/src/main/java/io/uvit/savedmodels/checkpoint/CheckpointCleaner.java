package io.uvit.savedmodels.checkpoint;

import io.uvit.savedmodels.checkpoint.CheckpointListener.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalLong;

/** Deletes checkpoint folders, and what processes that ended halfway left behind. */
final class CheckpointCleaner {
  private final FileOps files;
  private final CheckpointListener listener;

  CheckpointCleaner(FileOps files, CheckpointListener listener) {
    this.files = files;
    this.listener = listener;
  }

  /**
   * Deletes temporary and half-deleted folders of processes that no longer run on this machine, and
   * those under this process's own number: it is writing none now, so they are an earlier
   * process's. A failure is reported, not thrown: a leftover takes space and does no other harm.
   */
  void deleteLeftovers(Path root) throws IOException {
    for (Path folder : files.list(root)) {
      OptionalLong owner = CheckpointNames.leftoverOf(folder);
      if (owner.isEmpty() || runsElsewhere(owner.getAsLong())) {
        continue;
      }
      try {
        deleteFolder(folder);
        listener.report(Kind.LEFTOVER_DELETED, folder, "leftover of an ended process deleted");
      } catch (IOException e) {
        listener.report(Kind.DELETE_FAILED, folder, "leftover could not be deleted: " + e);
      }
    }
  }

  /** Deletes a folder and what it holds; links are deleted, not followed. */
  void deleteFolder(Path folder) throws IOException {
    for (Path entry : files.list(folder)) {
      if (!java.nio.file.Files.isSymbolicLink(entry) && files.isDirectory(entry)) {
        deleteFolder(entry);
      } else {
        files.delete(entry);
      }
    }
    files.delete(folder);
  }

  private static boolean runsElsewhere(long pid) {
    return pid != ProcessHandle.current().pid()
        && ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
  }
}

package io.uvit.savedmodels.checkpoint;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;

/** Replaces small files so that a reader, and a restart after a crash, sees the old or the new. */
public final class AtomicFiles {
  private AtomicFiles() {}

  /**
   * Writes {@code bytes} to {@code file}, durable when this returns. The folder must exist; an
   * existing file is replaced in one step.
   *
   * @throws DiskFullException when there is no room; the old file, if any, is untouched
   */
  public static void write(Path file, byte[] bytes) throws IOException {
    write(FileOps.system(), file, bytes);
  }

  /** As {@link #write(Path, byte[])} through the given operations. */
  public static void write(FileOps files, Path file, byte[] bytes) throws IOException {
    Path target = file.toAbsolutePath();
    Path temporary =
        target.resolveSibling("." + target.getFileName() + ".tmp-" + ProcessHandle.current().pid());
    try {
      if (files.isRegularFile(temporary)) {
        files.delete(temporary); // of an ended process that had this process's number
      }
      try (OutputStream out = files.create(temporary)) {
        out.write(bytes);
      }
      files.sync(temporary);
      files.moveAtomically(temporary, target);
      files.syncDirectory(target.getParent());
    } catch (IOException e) {
      try {
        if (files.isRegularFile(temporary)) {
          files.delete(temporary);
        }
      } catch (IOException second) {
        e.addSuppressed(second);
      }
      throw DiskFullException.isDiskFull(e) ? DiskFullException.during(target, e) : e;
    }
  }
}

package io.uvit.savedmodels.checkpoint;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Locale;

/** Gives the platform's errors for a full disk and a folder that refuses writes their names. */
final class WriteErrors {
  private WriteErrors() {}

  /**
   * Returns what to throw for an error while writing; unchecked errors other than "disk full" are
   * thrown from here as they are.
   *
   * @param folder the folder that was to be written in
   * @param path what was to be created in it
   */
  static IOException named(Path folder, Path path, Throwable error) {
    if (error instanceof DiskFullException full) {
      return full;
    }
    if (DiskFullException.isDiskFull(error)) {
      return DiskFullException.during(path, error);
    }
    if (error instanceof FileSystemException io && refuses(folder, path, io)) {
      return new UnwritableFolderException(folder, io);
    }
    if (error instanceof IOException io) {
      return io;
    }
    if (error instanceof RuntimeException runtime) {
      throw runtime;
    }
    throw (Error) error;
  }

  private static boolean refuses(Path folder, Path path, FileSystemException e) {
    if (e.getFile() == null || !Path.of(e.getFile()).startsWith(folder)) {
      return false;
    }
    String reason = String.valueOf(e.getReason()).toLowerCase(Locale.ROOT);
    boolean fileInTheWay =
        e instanceof FileAlreadyExistsException && e.getFile().equals(path.toString());
    return fileInTheWay
        || e instanceof AccessDeniedException
        || reason.contains("read-only file system")
        || reason.contains("not a directory");
  }
}

package io.uvit.runner.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A folder or a zip archive whose files are read whole, by any number of threads. */
sealed interface FileStore extends AutoCloseable permits FolderStore, ZipStore {
  /** Largest file taken for an image. */
  long MAX_FILE_BYTES = 512L << 20;

  /**
   * Opens and lists.
   *
   * @throws DataException if the path is neither a folder nor a whole zip archive
   */
  static FileStore open(Path path) throws DataException {
    if (Files.isDirectory(path)) {
      return FolderStore.open(path);
    }
    if (!Files.exists(path)) {
      throw new DataException(path + ": no such file or folder");
    }
    return ZipStore.open(path);
  }

  /** The folder or archive. */
  Path path();

  /** What it holds. */
  FileListing listing();

  /** Full name of a file for messages. */
  String describe(String name);

  /**
   * The bytes of a file.
   *
   * @throws BadImageException if they are damaged in the archive or too many
   * @throws DataException if they cannot be read
   */
  byte[] read(FileListing.StoredFile file) throws DataException;

  @Override
  void close() throws DataException;

  /** "path: cannot be read" with the system's reason. */
  static DataException unreadable(String what, IOException e) {
    return new DataException(what + ": cannot be read: " + e, e);
  }
}

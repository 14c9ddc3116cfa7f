package io.uvit.savedmodels.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;

/**
 * The file operations that checkpoints are made of: one seam at which tests inject faults.
 *
 * <p><b>Threads</b>: implementations are safe for use by several threads.
 */
public interface FileOps {

  /** Returns the operations of the default file system. */
  static FileOps system() {
    return SystemFileOps.INSTANCE;
  }

  /** Creates a folder and its missing parents; does nothing when it exists. */
  void createDirectories(Path folder) throws IOException;

  /**
   * Creates one folder.
   *
   * @throws java.nio.file.FileAlreadyExistsException when something of that name exists
   */
  void createDirectory(Path folder) throws IOException;

  /**
   * Creates a file for writing; each {@code write} and the {@code close} may fail.
   *
   * @throws java.nio.file.FileAlreadyExistsException when something of that name exists
   */
  OutputStream create(Path file) throws IOException;

  /** Opens a file for reading. */
  InputStream open(Path file) throws IOException;

  /** Returns the size of a regular file in bytes. */
  long size(Path file) throws IOException;

  /** Says whether a regular file of that name exists. */
  boolean isRegularFile(Path file);

  /** Says whether a folder of that name exists. */
  boolean isDirectory(Path folder);

  /** Returns what a folder holds, sorted by name; empty when the folder does not exist. */
  List<Path> list(Path folder) throws IOException;

  /** Forces a file's content and metadata to the device (fsync). */
  void sync(Path file) throws IOException;

  /**
   * Forces a folder's entries to the device (fsync of the directory, where the platform has it).
   */
  void syncDirectory(Path folder) throws IOException;

  /**
   * Renames within one file system in one step. A target file is replaced; a target folder that is
   * not empty is an error.
   */
  void moveAtomically(Path source, Path target) throws IOException;

  /** Deletes a file or an empty folder. */
  void delete(Path path) throws IOException;

  /** Returns the bytes this process may still write on the file system that holds {@code path}. */
  long usableSpace(Path path) throws IOException;
}

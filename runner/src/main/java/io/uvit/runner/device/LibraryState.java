package io.uvit.runner.device;

import java.nio.file.Path;

/** Whether and from where a library of CUDA can be opened. */
public sealed interface LibraryState {

  /** On the class path, from where this program opens it. */
  record Bundled() implements LibraryState {}

  /** On the loader's path, where it opens. */
  record Opens(Path file) implements LibraryState {}

  /**
   * On the loader's path, where it does not open.
   *
   * @param reason the loader's
   */
  record Refused(Path file, String reason) implements LibraryState {}

  /** Neither on the class path nor on the loader's. */
  record Absent() implements LibraryState {}

  /** Whether TensorFlow can have it. */
  default boolean available() {
    return this instanceof Bundled || this instanceof Opens;
  }
}

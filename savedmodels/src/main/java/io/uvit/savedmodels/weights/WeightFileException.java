package io.uvit.savedmodels.weights;

import java.nio.file.Path;

/**
 * A weight file cannot be read, written or believed. The one exception type of this package for
 * everything wrong with a file; wrong arguments of a caller are {@link IllegalArgumentException}.
 */
public final class WeightFileException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Path file;
  private final String found;
  private final String wanted;

  /**
   * @param file the file concerned
   * @param subject the part of the file concerned, such as {@code "tensor 'a'"}
   * @param found what is there
   * @param wanted what should be there
   */
  public WeightFileException(Path file, String subject, String found, String wanted) {
    this(file, subject, found, wanted, null);
  }

  /** As the other constructor, with the cause. */
  public WeightFileException(
      Path file, String subject, String found, String wanted, Throwable cause) {
    super(file + ": " + subject + ": found " + found + ", wanted " + wanted, cause);
    this.file = file;
    this.found = found;
    this.wanted = wanted;
  }

  /** The file concerned; null after Java serialisation. */
  public Path file() {
    return file;
  }

  /** What the file holds. */
  public String found() {
    return found;
  }

  /** What it should hold. */
  public String wanted() {
    return wanted;
  }
}

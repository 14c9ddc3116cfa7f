package io.uvit.runner.image;

import java.io.IOException;

/**
 * Bytes that are no image this program reads. The message is a clause to follow the name of the
 * file, as in "is truncated".
 */
public final class ImageFormatException extends IOException {
  private static final long serialVersionUID = 1;

  /** With the clause. */
  public ImageFormatException(String message) {
    super(message);
  }

  /** With the clause and the failure underneath. */
  public ImageFormatException(String message, Throwable cause) {
    super(message, cause);
  }
}

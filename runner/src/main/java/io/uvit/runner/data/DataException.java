package io.uvit.runner.data;

import java.io.IOException;

/**
 * Input data that cannot be used. The message names the file or item, what was found and what was
 * wanted.
 */
public class DataException extends IOException {
  private static final long serialVersionUID = 1;

  /** With the whole story in {@code message}. */
  public DataException(String message) {
    super(message);
  }

  /** With the failure underneath. */
  public DataException(String message, Throwable cause) {
    super(message, cause);
  }
}

package io.uvit.runner.features;

import java.io.IOException;

/**
 * Features that cannot be used. The message names the file and the field, what was found and what
 * was wanted.
 */
public final class FeatureException extends IOException {
  private static final long serialVersionUID = 1L;

  /** With the whole story in {@code message}. */
  public FeatureException(String message) {
    super(message);
  }

  /** With the failure underneath. */
  public FeatureException(String message, Throwable cause) {
    super(message, cause);
  }

  /** "subject: found ..., wanted ...". */
  static FeatureException wrong(Object subject, String found, String wanted) {
    return new FeatureException(subject + ": found " + found + ", wanted " + wanted);
  }
}

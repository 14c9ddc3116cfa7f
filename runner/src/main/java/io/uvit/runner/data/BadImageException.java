package io.uvit.runner.data;

/**
 * One item of a dataset is no readable image: damaged, truncated, of an unsupported kind, or over
 * the pixel cap.
 */
public final class BadImageException extends DataException {
  private static final long serialVersionUID = 1;

  /**
   * {@code item} is the path of the file or the name of the entry; {@code reason} a clause such as
   * "is truncated".
   */
  public BadImageException(String item, String reason) {
    super(item + ": " + reason);
  }
}

package io.uvit.runner.data;

/** Names of files from outside in messages. */
final class Names {
  private Names() {}

  /**
   * The text with control characters shown as {@code ?}, so that a name cannot forge lines of a
   * log.
   */
  static String printable(String text) {
    StringBuilder shown = new StringBuilder(text.length());
    text.codePoints().map(c -> Character.isISOControl(c) ? '?' : c).forEach(shown::appendCodePoint);
    return shown.toString();
  }
}

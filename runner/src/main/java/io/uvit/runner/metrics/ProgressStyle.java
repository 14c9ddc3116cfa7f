package io.uvit.runner.metrics;

import java.util.Map;

/**
 * How progress is shown.
 *
 * @param redraws true for one line that is drawn anew, false for plain lines
 * @param columns width of the terminal in characters
 */
public record ProgressStyle(boolean redraws, int columns) {
  private static final int DEFAULT_COLUMNS = 80;
  private static final int MIN_COLUMNS = 20;
  private static final int MAX_COLUMNS = 1000;

  /**
   * Chooses the style.
   *
   * @param terminal whether the stream is a terminal
   * @param environment variables of the process: {@code COLUMNS} gives the width (80 where it is
   *     missing or no number from 20 to 1000), {@code TERM=dumb} means plain lines
   */
  public static ProgressStyle of(boolean terminal, Map<String, String> environment) {
    boolean redraws = terminal && !"dumb".equals(environment.get("TERM"));
    return new ProgressStyle(redraws, columns(environment.getOrDefault("COLUMNS", "")));
  }

  private static int columns(String text) {
    if (!text.matches("[0-9]{1,4}")) {
      return DEFAULT_COLUMNS;
    }
    int columns = Integer.parseInt(text);
    return columns >= MIN_COLUMNS && columns <= MAX_COLUMNS ? columns : DEFAULT_COLUMNS;
  }
}

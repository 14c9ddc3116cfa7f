package io.uvit.runner.metrics;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The text of a progress line.
 *
 * @param value shown as it is; may be empty
 * @param imagesPerSecond 0 when not known
 * @param secondsLeft NaN when not known
 * @param residentBytes memory in use
 */
record ProgressText(
    String title,
    long step,
    long totalSteps,
    String value,
    double imagesPerSecond,
    double secondsLeft,
    long residentBytes) {
  private static final int MIN_BAR = 10;
  private static final int MAX_BAR = 30;
  private static final int BAR_FRAME = 3; // brackets and a space

  /** The whole line without a bar. */
  String plain() {
    return String.join("  ", parts());
  }

  /**
   * The line in at most {@code width} characters: with a bar where there is room, then without,
   * then without the last parts.
   */
  String fitted(int width) {
    List<String> parts = new ArrayList<>(parts());
    while (parts.size() > 1 && String.join("  ", parts).length() > width) {
      parts.remove(parts.size() - 1);
    }
    String text = String.join("  ", parts);
    if (text.length() > width) {
      return text.substring(0, width);
    }
    int room = Math.min(MAX_BAR, width - text.length() - BAR_FRAME);
    if (room < MIN_BAR) {
      return text;
    }
    parts.set(0, parts.get(0) + " " + bar(room));
    return String.join("  ", parts);
  }

  private List<String> parts() {
    List<String> parts = new ArrayList<>();
    parts.add(
        "%s %s/%d %d%%"
            .formatted(title, padded(step, totalSteps), totalSteps, Math.round(fraction() * 100)));
    if (!value.isEmpty()) {
      parts.add(value);
    }
    if (imagesPerSecond > 0) {
      parts.add(
          String.format(Locale.ROOT, imagesPerSecond < 10 ? "%.2f" : "%.0f", imagesPerSecond)
              + " images/s");
    }
    parts.add("ETA " + duration(secondsLeft));
    parts.add(bytes(residentBytes));
    return parts;
  }

  private double fraction() {
    return totalSteps > 0 ? Math.min(1, step / (double) totalSteps) : 1;
  }

  private String bar(int cells) {
    int full = (int) (fraction() * cells);
    String head = full < cells ? ">" : "";
    return "[" + "=".repeat(full) + head + " ".repeat(Math.max(0, cells - full - 1)) + "]";
  }

  private static String padded(long step, long total) {
    return String.format(Locale.ROOT, "%" + Long.toString(total).length() + "d", step);
  }

  /** {@code 1:02:03}, {@code 2d 03:04:05}; {@code -:--} when not known. */
  static String duration(double seconds) {
    if (!Double.isFinite(seconds)) {
      return "-:--";
    }
    long s = Math.round(seconds);
    long days = s / 86_400;
    long hours = s / 3600 % 24;
    String rest = String.format(Locale.ROOT, "%02d:%02d", s / 60 % 60, s % 60);
    if (days > 0) {
      return String.format(Locale.ROOT, "%dd %02d:%s", days, hours, rest);
    }
    return hours > 0 ? hours + ":" + rest : rest;
  }

  /** {@code 512 MiB}, {@code 1.5 GiB}. */
  static String bytes(long bytes) {
    double mebibytes = bytes / (1024.0 * 1024.0);
    return mebibytes < 1024
        ? String.format(Locale.ROOT, "%.0f MiB", mebibytes)
        : String.format(Locale.ROOT, "%.1f GiB", mebibytes / 1024);
  }
}

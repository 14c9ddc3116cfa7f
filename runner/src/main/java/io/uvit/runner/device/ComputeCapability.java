package io.uvit.runner.device;

import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The generation of a GPU's instructions, such as 9.0 of an H100. */
public record ComputeCapability(int major, int minor) implements Comparable<ComputeCapability> {
  /** The oldest that TensorFlow's library has code for: Pascal. */
  public static final ComputeCapability OLDEST = new ComputeCapability(6, 0);

  /** The newest: Hopper. Some of its code runs on this one and on none after it. */
  public static final ComputeCapability NEWEST = new ComputeCapability(9, 0);

  private static final Pattern TEXT = Pattern.compile("([0-9]{1,3})\\.([0-9]{1,3})");

  /** Of {@code 9.0}; empty if the text is none. */
  static Optional<ComputeCapability> parse(String text) {
    Matcher match = TEXT.matcher(text);
    return match.matches()
        ? Optional.of(
            new ComputeCapability(
                Integer.parseInt(match.group(1)), Integer.parseInt(match.group(2))))
        : Optional.empty();
  }

  /** Whether TensorFlow's library computes on it. */
  public boolean supported() {
    return compareTo(OLDEST) >= 0 && compareTo(NEWEST) <= 0;
  }

  @Override
  public int compareTo(ComputeCapability other) {
    return Comparator.comparingInt(ComputeCapability::major)
        .thenComparingInt(ComputeCapability::minor)
        .compare(this, other);
  }

  @Override
  public String toString() {
    return major + "." + minor;
  }
}

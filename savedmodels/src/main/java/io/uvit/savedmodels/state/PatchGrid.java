package io.uvit.savedmodels.state;

import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The patches of an image.
 *
 * @param height rows, at least 1
 * @param width columns, at least 1
 */
public record PatchGrid(int height, int width) {
  private static final Pattern TEXT = Pattern.compile("([1-9][0-9]{0,4})x([1-9][0-9]{0,4})");

  public PatchGrid {
    if (height < 1 || width < 1) {
      throw new IllegalArgumentException(
          "patch grid: found " + height + "x" + width + ", wanted at least 1x1");
    }
  }

  /**
   * Reads {@code HEIGHTxWIDTH}.
   *
   * @throws IllegalArgumentException if the text is something else
   */
  public static PatchGrid parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "found '" + text + "', wanted HEIGHTxWIDTH in patches, such as 16x16");
    }
    return new PatchGrid(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
  }

  /** The side of a square of so many patches; empty if there is no such square. */
  static OptionalInt side(long patches) {
    int side = (int) Math.round(Math.sqrt(patches));
    return side > 0 && (long) side * side == patches ? OptionalInt.of(side) : OptionalInt.empty();
  }

  /** Number of patches. */
  public int patches() {
    return Math.multiplyExact(height, width);
  }

  @Override
  public String toString() {
    return height + "x" + width;
  }
}

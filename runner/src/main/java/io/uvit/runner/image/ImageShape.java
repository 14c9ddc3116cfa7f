package io.uvit.runner.image;

/**
 * Size of an image in pixels and its channels, in the order in which the samples lie in memory.
 *
 * @param height rows, at least 1
 * @param width columns, at least 1
 * @param channels 1 (grey) or 3 (red, green, blue)
 */
public record ImageShape(int height, int width, int channels) {

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException for a side below 1, channels other than 1 or 3, or more than
   *     2^31 - 1 samples
   */
  public ImageShape {
    if (height < 1 || width < 1) {
      throw new IllegalArgumentException(
          "image sides must be at least 1, found " + width + "x" + height);
    }
    if (channels != 1 && channels != 3) {
      throw new IllegalArgumentException("an image has 1 or 3 channels, found " + channels);
    }
    if ((long) height * width * channels > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "image of " + width + "x" + height + " is too large for one array");
    }
  }

  /** Samples of one image, which are also its bytes: height x width x channels. */
  public int samples() {
    return height * width * channels;
  }

  /** Width x height and channels, as in {@code 32x32, 3 channels}. */
  @Override
  public String toString() {
    return width + "x" + height + ", " + channels + (channels == 1 ? " channel" : " channels");
  }
}

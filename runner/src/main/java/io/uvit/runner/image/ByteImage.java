package io.uvit.runner.image;

/**
 * An image of unsigned bytes, rows first, channels last: the sample of row y, column x, channel c
 * lies at {@code (y * width + x) * channels + c}.
 *
 * <p>The array is owned by the image and not copied; nobody changes it once the image has been
 * handed on.
 */
public final class ByteImage {
  /** Fixed-point weights of Pillow's mode "L": 0.299, 0.587, 0.114 in 16 bits. */
  private static final int RED_WEIGHT = 19595;

  private static final int GREEN_WEIGHT = 38470;
  private static final int BLUE_WEIGHT = 7471;

  private final ImageShape shape;
  private final byte[] samples;

  /**
   * Takes ownership of {@code samples}.
   *
   * @throws IllegalArgumentException if the array has not exactly the samples of the shape
   */
  public ByteImage(ImageShape shape, byte[] samples) {
    if (samples.length != shape.samples()) {
      throw new IllegalArgumentException(
          "an image of " + shape + " has " + shape.samples() + " samples, found " + samples.length);
    }
    this.shape = shape;
    this.samples = samples;
  }

  /** Height, width and channels. */
  public ImageShape shape() {
    return shape;
  }

  /** Rows. */
  public int height() {
    return shape.height();
  }

  /** Columns. */
  public int width() {
    return shape.width();
  }

  /** 1 or 3. */
  public int channels() {
    return shape.channels();
  }

  /** The samples themselves, not a copy. */
  public byte[] samples() {
    return samples;
  }

  /** The sample of a row, column and channel, 0 to 255. */
  public int sample(int y, int x, int channel) {
    return samples[(y * width() + x) * channels() + channel] & 0xFF;
  }

  /**
   * This image with 1 or 3 channels: grey is repeated thrice; colour becomes luma as Pillow's
   * {@code convert("L")} has it, 0.299 R + 0.587 G + 0.114 B in 16-bit fixed point, rounded.
   */
  public ByteImage withChannels(int channels) {
    if (channels == channels()) {
      return this;
    }
    ImageShape target = new ImageShape(height(), width(), channels);
    byte[] to = new byte[target.samples()];
    int pixels = height() * width();
    for (int i = 0; i < pixels; i++) {
      if (channels == 3) {
        to[3 * i] = samples[i];
        to[3 * i + 1] = samples[i];
        to[3 * i + 2] = samples[i];
      } else {
        to[i] = luma(samples[3 * i] & 0xFF, samples[3 * i + 1] & 0xFF, samples[3 * i + 2] & 0xFF);
      }
    }
    return new ByteImage(target, to);
  }

  /**
   * The part of this image whose top left corner is ({@code top}, {@code left}).
   *
   * @throws IllegalArgumentException if the part does not lie within the image
   */
  public ByteImage crop(int top, int left, int height, int width) {
    if (top < 0 || left < 0 || height > height() - top || width > width() - left) {
      throw new IllegalArgumentException(
          "crop of "
              + width
              + "x"
              + height
              + " at ("
              + left
              + ", "
              + top
              + ") lies outside an image of "
              + shape);
    }
    ImageShape target = new ImageShape(height, width, channels());
    byte[] to = new byte[target.samples()];
    int row = width * channels();
    for (int y = 0; y < height; y++) {
      System.arraycopy(samples, ((top + y) * width() + left) * channels(), to, y * row, row);
    }
    return new ByteImage(target, to);
  }

  /** Reverses the columns of samples [H, W, C] in place. */
  public static void mirror(byte[] samples, ImageShape shape) {
    int channels = shape.channels();
    int rowBytes = shape.width() * channels;
    byte[] row = new byte[rowBytes];
    for (int start = 0; start < samples.length; start += rowBytes) {
      System.arraycopy(samples, start, row, 0, rowBytes);
      for (int x = 0; x < shape.width(); x++) {
        System.arraycopy(
            row, (shape.width() - 1 - x) * channels, samples, start + x * channels, channels);
      }
    }
  }

  private static byte luma(int red, int green, int blue) {
    return (byte) ((red * RED_WEIGHT + green * GREEN_WEIGHT + blue * BLUE_WEIGHT + 0x8000) >> 16);
  }
}

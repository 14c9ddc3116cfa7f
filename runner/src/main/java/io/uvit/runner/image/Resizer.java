package io.uvit.runner.image;

/**
 * Antialiased resizing, bit for bit as Pillow does it for 8-bit images.
 *
 * <p>Two passes, columns first, then rows; the filter's support grows with the reduction; weights
 * are normalised and rounded to 22 fractional bits (32 bits less 8 of the sample and 2 of
 * headroom); each pass rounds to 8 bits and clamps. Every output sample depends on its own window
 * only, so a crop of the result can be had without computing the rest.
 */
public final class Resizer {
  private static final int PRECISION_BITS = 32 - 8 - 2;
  private static final int HALF = 1 << (PRECISION_BITS - 1);

  private Resizer() {}

  /** The whole image resized to {@code width} x {@code height}. */
  public static ByteImage resize(ByteImage image, int width, int height, Resampling filter) {
    return resize(image, width, height, filter, 0, 0, width, height);
  }

  /**
   * A part of the image resized to {@code width} x {@code height}: the {@code cropWidth} x {@code
   * cropHeight} pixels whose corner is ({@code left}, {@code top}) in the resized image.
   *
   * @throws IllegalArgumentException if the part does not lie within the resized image
   */
  public static ByteImage resize(
      ByteImage image,
      int width,
      int height,
      Resampling filter,
      int left,
      int top,
      int cropWidth,
      int cropHeight) {
    if (left < 0 || top < 0 || cropWidth > width - left || cropHeight > height - top) {
      throw new IllegalArgumentException(
          "part of "
              + cropWidth
              + "x"
              + cropHeight
              + " at ("
              + left
              + ", "
              + top
              + ") lies outside "
              + width
              + "x"
              + height);
    }
    if (height == image.height()) {
      return columns(image, top, top + cropHeight, width, left, cropWidth, filter);
    }
    Windows rows = new Windows(image.height(), height, top, cropHeight, filter);
    ByteImage narrow = columns(image, rows.first(), rows.end(), width, left, cropWidth, filter);
    return rows(narrow, rows);
  }

  /**
   * The first pass: rows [firstRow, endRow) with their columns resized; untouched when the width
   * stays, as in Pillow.
   */
  private static ByteImage columns(
      ByteImage image,
      int firstRow,
      int endRow,
      int width,
      int left,
      int cropWidth,
      Resampling filter) {
    if (width == image.width()) {
      return image.crop(firstRow, left, endRow - firstRow, cropWidth);
    }
    return columns(
        image, firstRow, endRow, new Windows(image.width(), width, left, cropWidth, filter));
  }

  private static ByteImage columns(ByteImage image, int firstRow, int endRow, Windows windows) {
    int channels = image.channels();
    ImageShape shape = new ImageShape(endRow - firstRow, windows.count, channels);
    byte[] from = image.samples();
    byte[] to = new byte[shape.samples()];
    int out = 0;
    for (int y = firstRow; y < endRow; y++) {
      int row = y * image.width() * channels;
      for (int x = 0; x < windows.count; x++) {
        int start = row + windows.start[x] * channels;
        for (int c = 0; c < channels; c++) {
          to[out++] = windows.apply(x, from, start + c, channels);
        }
      }
    }
    return new ByteImage(shape, to);
  }

  private static ByteImage rows(ByteImage image, Windows windows) {
    ImageShape shape = new ImageShape(windows.count, image.width(), image.channels());
    byte[] from = image.samples();
    byte[] to = new byte[shape.samples()];
    int stride = image.width() * image.channels();
    int out = 0;
    for (int y = 0; y < windows.count; y++) {
      int start = (windows.start[y] - windows.first()) * stride;
      for (int i = 0; i < stride; i++) {
        to[out++] = windows.apply(y, from, start + i, stride);
      }
    }
    return new ByteImage(shape, to);
  }

  /**
   * For each output position of one axis, the first input position and the fixed-point weights from
   * there on.
   */
  private static final class Windows {
    final int count;
    final int[] start;
    final int[][] weights;

    Windows(int inputSize, int outputSize, int offset, int count, Resampling filter) {
      this.count = count;
      this.start = new int[count];
      this.weights = new int[count][];
      double scale = (double) inputSize / outputSize;
      double filterScale = Math.max(scale, 1);
      double support = filter.support() * filterScale;
      for (int i = 0; i < count; i++) {
        double center = (offset + i + 0.5) * scale;
        int from = Math.max((int) (center - support + 0.5), 0);
        int to = Math.min((int) (center + support + 0.5), inputSize);
        start[i] = from;
        weights[i] = fixedPoint(filter, from, to, center, 1 / filterScale);
      }
    }

    private static int[] fixedPoint(
        Resampling filter, int from, int to, double center, double inverseScale) {
      int length = to - from;
      double[] exact = new double[length];
      double sum = 0;
      for (int i = 0; i < length; i++) {
        exact[i] = filter.weight((i + from - center + 0.5) * inverseScale);
        sum += exact[i];
      }
      int[] fixed = new int[length];
      for (int i = 0; i < length; i++) {
        double scaled = (sum == 0 ? exact[i] : exact[i] / sum) * (1 << PRECISION_BITS);
        fixed[i] = (int) (scaled < 0 ? scaled - 0.5 : scaled + 0.5);
      }
      return fixed;
    }

    int first() {
      return start[0];
    }

    int end() {
      return start[count - 1] + weights[count - 1].length;
    }

    byte apply(int position, byte[] samples, int start, int stride) {
      int sum = HALF;
      int index = start;
      for (int weight : weights[position]) {
        sum += (samples[index] & 0xFF) * weight;
        index += stride;
      }
      return (byte) Math.min(Math.max(sum >> PRECISION_BITS, 0), 255);
    }
  }
}

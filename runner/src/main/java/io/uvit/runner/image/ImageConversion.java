package io.uvit.runner.image;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/** Network output in [-1, 1] to bytes, by the official rule. */
public final class ImageConversion {
  private ImageConversion() {}

  /**
   * One sample: 0.5 (v + 1) clamped to [0, 1], times 255, plus 0.5, truncated (official datasets.py
   * unpreprocess and torchvision save_image). Infinities go to the ends of the range, NaN to 0.
   */
  public static byte toByte(float value) {
    float unit = Math.min(Math.max(0.5f * (value + 1f), 0f), 1f);
    return (byte) (int) (unit * 255f + 0.5f);
  }

  /**
   * Images from floats [N, H, W, C] in [-1, 1], from the position of the buffer to its limit; the
   * position stays.
   *
   * @throws IllegalArgumentException if the buffer holds no whole number of images
   */
  public static List<ByteImage> toImages(FloatBuffer nhwc, ImageShape shape) {
    int samples = shape.samples();
    if (nhwc.remaining() % samples != 0) {
      throw new IllegalArgumentException(
          "found "
              + nhwc.remaining()
              + " numbers, images of "
              + shape
              + " want a multiple of "
              + samples);
    }
    FloatBuffer from = nhwc.duplicate();
    List<ByteImage> images = new ArrayList<>();
    while (from.hasRemaining()) {
      byte[] bytes = new byte[samples];
      for (int i = 0; i < samples; i++) {
        bytes[i] = toByte(from.get());
      }
      images.add(new ByteImage(shape, bytes));
    }
    return images;
  }

  /** {@link #toImages(FloatBuffer, ImageShape)} of an array. */
  public static List<ByteImage> toImages(float[] nhwc, ImageShape shape) {
    return toImages(FloatBuffer.wrap(nhwc), shape);
  }
}

package io.uvit.runner.sample;

import io.uvit.runner.data.DataException;
import io.uvit.runner.data.Datasets;
import io.uvit.runner.image.ByteImage;
import io.uvit.runner.image.ImageDecoder;
import io.uvit.runner.image.ImageFormatException;
import io.uvit.runner.image.ImageShape;
import io.uvit.runner.image.Resampling;
import io.uvit.runner.image.Resizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Image files as what sampling starts from: in the size of the model, as numbers. */
public final class InputImages {
  private InputImages() {}

  /**
   * Reads images and brings them to a shape by {@link #fit} with Lanczos' filter.
   *
   * @return [N, H, W, C] in [-1, 1], one image after the other
   * @throws IOException if a file cannot be read or is no image, naming it
   */
  public static float[] read(List<Path> files, ImageShape shape) throws IOException {
    byte[] bytes = readBytes(files, shape);
    float[] values = new float[bytes.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (bytes[i] & 0xFF) / 127.5f - 1;
    }
    return values;
  }

  /**
   * As {@link #read}, as unsigned bytes.
   *
   * @return [N, H, W, C]
   * @throws IOException if a file cannot be read or is no image, naming it
   */
  public static byte[] readBytes(List<Path> files, ImageShape shape) throws IOException {
    byte[] bytes = new byte[Math.multiplyExact(files.size(), shape.samples())];
    int at = 0;
    for (Path file : files) {
      byte[] samples = fit(decode(file, shape.channels()), shape, Resampling.LANCZOS).samples();
      System.arraycopy(samples, 0, bytes, at, samples.length);
      at += samples.length;
    }
    return bytes;
  }

  /**
   * Reads a mask and brings it to a size by {@link #fit} with means of the covered pixels.
   *
   * @return [H, W], 1 = white, 0 = black
   * @throws IOException if the file cannot be read or is no image, naming it
   */
  public static float[] readMask(Path file, int height, int width) throws IOException {
    byte[] grey = fit(decode(file, 1), new ImageShape(height, width, 1), Resampling.BOX).samples();
    float[] mask = new float[grey.length];
    for (int i = 0; i < mask.length; i++) {
      mask[i] = (grey[i] & 0xFF) / 255f;
    }
    return mask;
  }

  /**
   * The image resized so that it just covers the shape, its centre cut out. An image of that size
   * stays as it is.
   */
  static ByteImage fit(ByteImage image, ImageShape shape, Resampling filter) {
    double scale =
        Math.max((double) shape.width() / image.width(), (double) shape.height() / image.height());
    int width = Math.max(shape.width(), (int) Math.rint(image.width() * scale));
    int height = Math.max(shape.height(), (int) Math.rint(image.height() * scale));
    return Resizer.resize(
        image,
        width,
        height,
        filter,
        (width - shape.width()) / 2,
        (height - shape.height()) / 2,
        shape.width(),
        shape.height());
  }

  private static ByteImage decode(Path file, int channels) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    try (ImageDecoder decoder = new ImageDecoder(Datasets.DEFAULT_MAX_PIXELS)) {
      return decoder.decode(bytes, channels);
    } catch (ImageFormatException e) {
      throw new DataException(file + ": " + e.getMessage(), e);
    }
  }
}

package io.uvit.runner.image;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Image files made in memory for tests. */
public final class ImageFilesOfTests {
  private ImageFilesOfTests() {}

  /** An image of any type in a format of ImageIO. */
  public static byte[] encode(BufferedImage image, String format) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    if (!ImageIO.write(image, format, out)) {
      throw new IOException("no writer of " + format + " for this image");
    }
    return out.toByteArray();
  }

  /** An RGB gradient, or one of another {@link BufferedImage} type. */
  public static BufferedImage gradient(int width, int height, int type) {
    BufferedImage image = new BufferedImage(width, height, type);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int argb =
            (255 - 16 * (x % 8)) << 24
                | (x * 255 / width) << 16
                | (y * 255 / height) << 8
                | (x + y) % 256;
        image.setRGB(x, y, argb);
      }
    }
    return image;
  }

  /**
   * A JPEG of flat components, without colour conversion; {@code adobeTransform} below 0: without
   * the Adobe marker.
   */
  public static byte[] flatJpeg(int width, int height, int adobeTransform, int... components)
      throws IOException {
    byte[] samples = new byte[width * height * components.length];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (byte) components[i % components.length];
    }
    int[] offsets = new int[components.length];
    Arrays.setAll(offsets, i -> i);
    WritableRaster raster =
        Raster.createInterleavedRaster(
            new DataBufferByte(samples, samples.length),
            width,
            height,
            width * components.length,
            components.length,
            offsets,
            null);
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream stream = new MemoryCacheImageOutputStream(out)) {
      writer.setOutput(stream);
      ImageWriteParam param = writer.getDefaultWriteParam();
      param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      param.setCompressionQuality(1f);
      writer.write(null, new IIOImage(raster, null, null), param);
    } finally {
      writer.dispose();
    }
    byte[] plain = out.toByteArray();
    return adobeTransform < 0 ? plain : withAdobe(plain, adobeTransform);
  }

  private static byte[] withAdobe(byte[] jpeg, int transform) {
    byte[] marker = {
      (byte) 0xFF, (byte) 0xEE, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, (byte) transform
    };
    return inserted(jpeg, 2, marker);
  }

  /** {@code bytes} with {@code part} put in at a position. */
  public static byte[] inserted(byte[] bytes, int at, byte[] part) {
    byte[] all = Arrays.copyOf(bytes, bytes.length + part.length);
    System.arraycopy(part, 0, all, at, part.length);
    System.arraycopy(bytes, at, all, at + part.length, bytes.length - at);
    return all;
  }
}

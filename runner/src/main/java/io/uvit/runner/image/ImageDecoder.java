package io.uvit.runner.image;

import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentSampleModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.ByteOrder;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.Map;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.ImageInputStreamImpl;

/**
 * Decodes JPEG, PNG, GIF (first frame) and uncompressed BMP files from memory to 8-bit grey or RGB,
 * following Pillow's {@code Image.open(f).convert("RGB")} or {@code convert("L")}:
 *
 * <ul>
 *   <li>grey becomes three equal channels; colour becomes luma where one channel is wanted;
 *   <li>an alpha channel or a transparent colour is dropped, not blended: the stored colours stay;
 *   <li>palettes are looked up;
 *   <li>16-bit samples keep their high byte (Pillow does so for colour; for grey it clips at 255,
 *       which is not followed);
 *   <li>CMYK and YCCK JPEGs are taken as inverted in Adobe's manner and mixed without a colour
 *       profile;
 *   <li>colour profiles, gamma and EXIF orientation are not applied.
 * </ul>
 *
 * <p>Threads: an instance is for one thread at a time. Resources: closing frees the native
 * decoders.
 */
public final class ImageDecoder implements AutoCloseable {
  private final long maxPixels;
  private final Map<ImageFormat, ImageReader> readers = new EnumMap<>(ImageFormat.class);

  /**
   * {@code maxPixels}: largest width x height decoded; larger images are refused by their header
   * alone.
   */
  public ImageDecoder(long maxPixels) {
    this.maxPixels = maxPixels;
  }

  /**
   * Decodes a file.
   *
   * @param channels 1 for luma, 3 for RGB
   * @throws ImageFormatException if the bytes are no image, truncated, damaged, of an unsupported
   *     kind or over the pixel cap
   */
  public ByteImage decode(byte[] file, int channels) throws ImageFormatException {
    ImageHeader header = ImageHeader.read(file);
    long pixels = (long) header.width() * header.height();
    if (pixels > maxPixels || pixels > Integer.MAX_VALUE / 4) {
      throw new ImageFormatException(
          "has "
              + header.width()
              + "x"
              + header.height()
              + " pixels, more than the allowed "
              + maxPixels);
    }
    try {
      ByteImage image =
          header.format() == ImageFormat.JPEG ? decodeJpeg(file) : decodeOther(header, file);
      if (image.width() != header.width() || image.height() != header.height()) {
        throw new ImageFormatException("is damaged: its size contradicts its header");
      }
      return image.withChannels(channels);
    } catch (ImageFormatException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      forget(header.format());
      throw new ImageFormatException("is damaged: " + reason(e), e);
    }
  }

  /**
   * Components as stored, so that no colour profile is applied and four components are read at all.
   */
  private ByteImage decodeJpeg(byte[] file) throws IOException {
    JpegHeader header = JpegHeader.read(new ByteReader(file));
    ImageReader reader = reader(ImageFormat.JPEG);
    try (ImageInputStream in = new Bytes(file)) {
      reader.setInput(in, true, true);
      Raster raster = reader.readRaster(0, null);
      if (raster.getNumBands() != header.components()) {
        throw new ImageFormatException("is damaged: its components contradict its header");
      }
      return JpegColors.convert(header, elements(raster));
    } finally {
      reader.setInput(null);
    }
  }

  private ByteImage decodeOther(ImageHeader header, byte[] file) throws IOException {
    ImageReader reader = reader(header.format());
    try (ImageInputStream in = new Bytes(file)) {
      reader.setInput(in, true, true);
      return convert(reader.read(0));
    } finally {
      reader.setInput(null);
    }
  }

  private static ByteImage convert(BufferedImage image) throws ImageFormatException {
    Raster raster = image.getRaster();
    ColorModel colors = image.getColorModel();
    int depth = raster.getSampleModel().getSampleSize(0);
    boolean direct =
        raster.getSampleModel() instanceof ComponentSampleModel
            && !(colors instanceof IndexColorModel);
    if (!direct) {
      return lookedUp(image);
    }
    if (depth != 8 && depth != 16) {
      throw new ImageFormatException("has " + depth + " bits a sample, which is not supported");
    }
    int channels = raster.getNumBands() < 3 ? 1 : 3;
    ImageShape shape = new ImageShape(raster.getHeight(), raster.getWidth(), channels);
    byte[] samples = new byte[shape.samples()];
    int[] row = new int[raster.getWidth()];
    for (int y = 0; y < shape.height(); y++) {
      for (int c = 0; c < channels; c++) {
        raster.getSamples(raster.getMinX(), raster.getMinY() + y, row.length, 1, c, row);
        int to = y * row.length * channels + c;
        for (int value : row) {
          samples[to] = (byte) (value >> (depth - 8));
          to += channels;
        }
      }
    }
    return new ByteImage(shape, samples);
  }

  /**
   * Palettes and packed pixels, through their colour model; it is linear in the stored sRGB values
   * for both.
   */
  private static ByteImage lookedUp(BufferedImage image) {
    ColorModel colors = image.getColorModel();
    Raster raster = image.getRaster();
    ImageShape shape = new ImageShape(image.getHeight(), image.getWidth(), 3);
    byte[] samples = new byte[shape.samples()];
    Object pixel = null;
    int to = 0;
    for (int y = 0; y < shape.height(); y++) {
      for (int x = 0; x < shape.width(); x++) {
        pixel = raster.getDataElements(x, y, pixel);
        samples[to++] = (byte) colors.getRed(pixel);
        samples[to++] = (byte) colors.getGreen(pixel);
        samples[to++] = (byte) colors.getBlue(pixel);
      }
    }
    return new ByteImage(shape, samples);
  }

  private static byte[] elements(Raster raster) throws ImageFormatException {
    Object data =
        raster.getDataElements(
            raster.getMinX(), raster.getMinY(), raster.getWidth(), raster.getHeight(), null);
    if (data instanceof byte[] bytes) {
      return bytes;
    }
    throw new ImageFormatException("has more than 8 bits a sample, which is not supported");
  }

  private ImageReader reader(ImageFormat format) {
    return readers.computeIfAbsent(
        format,
        f -> {
          Iterator<ImageReader> found = ImageIO.getImageReadersByFormatName(f.name());
          if (!found.hasNext()) {
            throw new IllegalStateException(
                "this Java runtime has no reader for " + f + " files (module java.desktop)");
          }
          return found.next();
        });
  }

  /** A reader that failed may be in any state. */
  private void forget(ImageFormat format) {
    ImageReader reader = readers.remove(format);
    if (reader != null) {
      reader.dispose();
    }
  }

  private static String reason(Exception e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  @Override
  public void close() {
    readers.values().forEach(ImageReader::dispose);
    readers.clear();
  }

  /** An image stream over an array, without the caches and copies of the general ones. */
  private static final class Bytes extends ImageInputStreamImpl {
    private final byte[] bytes;

    Bytes(byte[] bytes) {
      this.bytes = bytes;
      setByteOrder(ByteOrder.BIG_ENDIAN);
    }

    @Override
    public int read() {
      bitOffset = 0;
      return streamPos < bytes.length ? bytes[(int) streamPos++] & 0xFF : -1;
    }

    @Override
    public int read(byte[] to, int offset, int length) {
      bitOffset = 0;
      if (streamPos >= bytes.length) {
        return length == 0 ? 0 : -1;
      }
      int count = (int) Math.min(length, bytes.length - streamPos);
      System.arraycopy(bytes, (int) streamPos, to, offset, count);
      streamPos += count;
      return count;
    }

    @Override
    public long length() {
      return bytes.length;
    }
  }
}

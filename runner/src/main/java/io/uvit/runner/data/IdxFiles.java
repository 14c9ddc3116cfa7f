package io.uvit.runner.data;

import io.uvit.runner.image.ImageShape;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * The idx format of MNIST: two zero bytes, a type (8 = unsigned byte), the number of dimensions,
 * each dimension as a big-endian 32-bit number, then the data. Plain or gzip, told apart by the
 * first two bytes.
 *
 * <p>Images have dimensions [n, height, width] (grey) or [n, height, width, channels]; labels have
 * [n].
 */
final class IdxFiles {
  private static final String EMBEDDED_IMAGES = "t10k-images-idx3-ubyte.gz";
  private static final String EMBEDDED_LABELS = "t10k-labels-idx1-ubyte.gz";
  private static final int UNSIGNED_BYTE = 8;
  private static final int MAX_SIDE = 1 << 16;
  private static final int GZIP_MAGIC = 0x1F8B;

  private IdxFiles() {}

  /** The 10,000 MNIST test digits that travel with the program. */
  static RawImages embeddedMnist() throws DataException {
    return combine(
        "embedded MNIST",
        parse(EMBEDDED_IMAGES, embedded(EMBEDDED_IMAGES)),
        parse(EMBEDDED_LABELS, embedded(EMBEDDED_LABELS)));
  }

  /** Images and labels from files; unlabelled if {@code labels} is empty. */
  static RawImages open(Path images, String labels) throws DataException {
    Array labelArray = labels.isEmpty() ? null : read(Path.of(labels));
    return combine(images.toString(), read(images), labelArray);
  }

  private static RawImages combine(String name, Array images, Array labels) throws DataException {
    ImageShape shape = images.imageShape();
    int count = images.dimensions[0];
    if (count == 0) {
      throw new DataException(images.name + ": found no images, wanted at least 1");
    }
    if (labels == null) {
      return new RawImages(name, shape, List.of(images.data), count, new byte[0], List.of());
    }
    if (labels.dimensions.length != 1) {
      throw new DataException(
          labels.name + ": found " + labels.dimensions.length + " dimensions, labels want 1");
    }
    if (labels.dimensions[0] != count) {
      throw new DataException(
          labels.name
              + ": found "
              + labels.dimensions[0]
              + " labels, "
              + images.name
              + " has "
              + count
              + " images");
    }
    return new RawImages(name, shape, List.of(images.data), count, labels.data, names(labels.data));
  }

  /** Classes 0 to the largest label, named by their number. */
  private static List<String> names(byte[] labels) {
    int largest = 0;
    for (byte label : labels) {
      largest = Math.max(largest, label & 0xFF);
    }
    List<String> names = new ArrayList<>();
    for (int i = 0; i <= largest; i++) {
      names.add(Integer.toString(i));
    }
    return names;
  }

  private static byte[] embedded(String resource) throws DataException {
    try (InputStream in = IdxFiles.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new DataException(
            "the program's own resource " + resource + " is missing from the class path");
      }
      return in.readAllBytes();
    } catch (DataException e) {
      throw e;
    } catch (IOException e) {
      throw new DataException(
          "the program's own resource " + resource + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static Array read(Path file) throws DataException {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      return parse(file.toString(), in);
    } catch (DataException e) {
      throw e;
    } catch (IOException e) {
      throw new DataException(file + ": cannot be read: " + e, e);
    }
  }

  private static Array parse(String name, byte[] bytes) throws DataException {
    try {
      return parse(name, new ByteArrayInputStream(bytes));
    } catch (DataException e) {
      throw e;
    } catch (IOException e) {
      throw new DataException(name + ": cannot be read: " + e, e);
    }
  }

  private static Array parse(String name, InputStream raw) throws IOException {
    raw.mark(2);
    int magic = raw.read() << 8 | raw.read();
    raw.reset();
    try (DataInputStream in =
        new DataInputStream(
            magic == GZIP_MAGIC ? new BufferedInputStream(new GZIPInputStream(raw)) : raw)) {
      int[] dimensions = header(name, in);
      byte[] data = body(name, dimensions, in);
      if (in.read() >= 0) {
        throw new DataException(name + ": more data than its header says");
      }
      return new Array(name, dimensions, data);
    } catch (EOFException e) {
      throw new DataException(name + ": is truncated", e);
    } catch (ZipException e) {
      throw new DataException(name + ": damaged gzip data: " + e.getMessage(), e);
    }
  }

  private static int[] header(String name, DataInputStream in) throws IOException {
    int magic = in.readInt();
    int rank = magic & 0xFF;
    if (magic >>> 8 != UNSIGNED_BYTE || rank < 1 || rank > 4) {
      throw new DataException(
          String.format(
              "%s: starts with %08x, wanted idx unsigned bytes of 1 to 4 dimensions (0000080n)",
              name, magic));
    }
    int[] dimensions = new int[rank];
    for (int i = 0; i < rank; i++) {
      dimensions[i] = in.readInt();
      if (dimensions[i] < 0 || i > 0 && dimensions[i] > MAX_SIDE) {
        throw new DataException(
            name + ": dimension " + i + " is " + Integer.toUnsignedString(dimensions[i]));
      }
    }
    return dimensions;
  }

  /**
   * Reads in growing pieces, so that a forged header cannot ask for more memory than the file has
   * data.
   */
  private static byte[] body(String name, int[] dimensions, InputStream in) throws IOException {
    long bytes = 1;
    for (int dimension : dimensions) {
      bytes *= dimension;
      if (bytes > Integer.MAX_VALUE - 8) {
        throw new DataException(
            name + ": holds more than 2 GiB; split it or use a folder of images");
      }
    }
    byte[] data = in.readNBytes((int) bytes);
    if (data.length < bytes) {
      throw new DataException(
          name
              + ": is truncated: found "
              + data.length
              + " bytes of data, its header says "
              + bytes);
    }
    return data;
  }

  /** A parsed file. */
  private static final class Array {
    final String name;
    final int[] dimensions;
    final byte[] data;

    Array(String name, int[] dimensions, byte[] data) {
      this.name = name;
      this.dimensions = dimensions;
      this.data = data;
    }

    ImageShape imageShape() throws DataException {
      if (dimensions.length < 3) {
        throw new DataException(
            name + ": found " + dimensions.length + " dimensions, images want 3 or 4");
      }
      int channels = dimensions.length == 3 ? 1 : dimensions[3];
      try {
        return new ImageShape(dimensions[1], dimensions[2], channels);
      } catch (IllegalArgumentException e) {
        throw new DataException(name + ": " + e.getMessage(), e);
      }
    }
  }
}

package io.uvit.runner.data;

import io.uvit.runner.image.ImageShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The binary release of CIFAR-10: files data_batch_1.bin, data_batch_2.bin, ... of records of a
 * label byte and 3,072 bytes of a 32x32 image, all red, then all green, then all blue samples.
 */
final class Cifar10Files {
  private static final ImageShape SHAPE = new ImageShape(32, 32, 3);
  private static final int RECORD = 1 + SHAPE.samples();
  private static final List<String> CLASSES =
      List.of(
          "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");
  private static final int MAX_FILES = 1000;
  private static final long MAX_FILE_BYTES = 1L << 30;

  private Cifar10Files() {}

  /** Every data_batch_N.bin of a folder in order of N, which counts from 1 without a gap. */
  static RawImages open(Path folder) throws DataException {
    List<Path> files = files(folder);
    List<byte[]> parts = new ArrayList<>();
    List<Byte> labels = new ArrayList<>();
    for (Path file : files) {
      byte[] records = readRecords(file);
      for (int start = 0; start < records.length; start += RECORD) {
        labels.add(label(file, records, start));
        parts.add(interleaved(records, start + 1));
      }
    }
    byte[] labelBytes = new byte[labels.size()];
    for (int i = 0; i < labelBytes.length; i++) {
      labelBytes[i] = labels.get(i);
    }
    return new RawImages(folder.toString(), SHAPE, parts, 1, labelBytes, CLASSES);
  }

  private static List<Path> files(Path folder) throws DataException {
    if (!Files.isDirectory(folder)) {
      throw new DataException(
          folder + ": is no folder, wanted the one with data_batch_1.bin to data_batch_5.bin");
    }
    List<Path> files = new ArrayList<>();
    int missing = 0;
    for (int i = 1; i <= MAX_FILES; i++) {
      Path file = folder.resolve("data_batch_" + i + ".bin");
      if (!Files.exists(file)) {
        missing = missing == 0 ? i : missing;
      } else if (missing > 0) {
        throw new DataException(
            folder + ": has data_batch_" + i + ".bin but no data_batch_" + missing + ".bin");
      } else {
        files.add(file);
      }
    }
    if (files.isEmpty()) {
      throw new DataException(
          folder + ": has no data_batch_1.bin of the binary release of CIFAR-10");
    }
    return files;
  }

  private static byte[] readRecords(Path file) throws DataException {
    try {
      long bytes = Files.size(file);
      if (bytes == 0 || bytes % RECORD != 0 || bytes > MAX_FILE_BYTES) {
        throw new DataException(
            file + ": found " + bytes + " bytes, wanted a multiple of " + RECORD + " up to 1 GiB");
      }
      return Files.readAllBytes(file);
    } catch (DataException e) {
      throw e;
    } catch (IOException e) {
      throw new DataException(file + ": cannot be read: " + e, e);
    }
  }

  private static byte label(Path file, byte[] records, int start) throws DataException {
    byte label = records[start];
    if (label < 0 || label >= CLASSES.size()) {
      throw new DataException(
          file
              + ", record "
              + start / RECORD
              + ": label is "
              + (label & 0xFF)
              + ", wanted 0 to "
              + (CLASSES.size() - 1));
    }
    return label;
  }

  /** Planes [C, H, W] to pixels [H, W, C]. */
  private static byte[] interleaved(byte[] records, int start) {
    int pixels = SHAPE.height() * SHAPE.width();
    byte[] image = new byte[SHAPE.samples()];
    for (int i = 0; i < pixels; i++) {
      for (int c = 0; c < 3; c++) {
        image[3 * i + c] = records[start + c * pixels + i];
      }
    }
    return image;
  }
}

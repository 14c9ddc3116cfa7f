package io.uvit.savedmodels.weights;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;

/** Opens weight files of any supported format. */
public final class TensorFiles {
  private static final int HEAD = 9;

  private TensorFiles() {}

  /**
   * Opens a file as the format its content has, whatever its name: PyTorch zip or legacy,
   * safetensors, npz, npy.
   *
   * @throws WeightFileException if the format is none of these, or the file is damaged
   */
  public static TensorFile open(Path path) {
    MappedSource source = MappedSource.open(path);
    try {
      return open(source);
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
  }

  private static TensorFile open(MappedSource source) {
    ByteBuffer head = source.region(0, Math.min(HEAD, source.size()), "file");
    if (isZip(head)) {
      Map<String, ZipEntry> entries = ZipEntries.read(source);
      return TorchZip.isTorch(entries)
          ? TorchFile.openZip(source, entries)
          : NpzFile.open(source, entries);
    }
    if (NpyHeader.isNpy(head)) {
      return NpyFile.open(source);
    }
    if (TorchLegacy.isLegacy(head)) {
      return TorchFile.openLegacy(source);
    }
    if (head.remaining() == HEAD && head.get(HEAD - 1) == '{') {
      return SafetensorsFile.open(source);
    }
    throw source.wrong("file", "an unknown format", "PyTorch, safetensors, npz or npy");
  }

  /** Whether a file begins with a local header or, if empty, the end record of a zip archive. */
  private static boolean isZip(ByteBuffer head) {
    return head.remaining() >= 4
        && head.get(0) == 'P'
        && head.get(1) == 'K'
        && ((head.get(2) == 3 && head.get(3) == 4) || (head.get(2) == 5 && head.get(3) == 6));
  }
}

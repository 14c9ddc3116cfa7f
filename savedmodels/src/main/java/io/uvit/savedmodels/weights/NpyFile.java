package io.uvit.savedmodels.weights;

import java.nio.file.Path;
import java.util.Map;

/**
 * A numpy {@code .npy} file: one array, named {@link TensorFile#SOLE_NAME}. Format versions 1 to 3,
 * both byte orders, C and Fortran order. Arrays of Python objects, records or text are refused.
 */
public final class NpyFile extends AbstractTensorFile {
  private final NpyHeader header;

  private NpyFile(MappedSource source, NpyHeader header, TensorEntry entry) {
    super(source, Map.of(SOLE_NAME, entry));
    this.header = header;
  }

  /**
   * Opens a file and checks its header.
   *
   * @throws WeightFileException if it cannot be read or is no array of numbers
   */
  public static NpyFile open(Path path) {
    MappedSource source = MappedSource.open(path);
    try {
      return open(source);
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
  }

  static NpyFile open(MappedSource source) {
    String subject = "numpy array";
    long length = Math.min(source.size(), NpyHeader.MAX_LENGTH);
    NpyHeader header = NpyHeader.parse(source.region(0, length, subject), source, subject);
    TensorEntry entry = NpyArray.entry(SOLE_NAME, header, source.size(), source, subject);
    return new NpyFile(source, header, entry);
  }

  /** The array's type and shape. */
  public TensorEntry entry() {
    return entry(SOLE_NAME);
  }

  /** The array as {@link TensorFile#floats} gives it. */
  public float[] floats() {
    return floats(SOLE_NAME);
  }

  /** The array as {@link TensorFile#doubles} gives it. */
  public double[] doubles() {
    return doubles(SOLE_NAME);
  }

  /** The array as {@link TensorFile#longs} gives it. */
  public long[] longs() {
    return longs(SOLE_NAME);
  }

  @Override
  TensorData data(TensorEntry entry) {
    return new NpyArray(
        entry,
        header,
        new RegionData(source(), header.length(), entry.bytes(), "numpy array", () -> {}));
  }
}

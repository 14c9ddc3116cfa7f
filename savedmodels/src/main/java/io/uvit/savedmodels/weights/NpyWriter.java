package io.uvit.savedmodels.weights;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/** Writes a numpy {@code .npy} file of one array, named {@link TensorFile#SOLE_NAME}. */
public final class NpyWriter extends AbstractTensorWriter {
  private NpyWriter(OutputFile out, Map<String, TensorEntry> entries) {
    super(out, entries);
  }

  /**
   * Begins a file.
   *
   * @param path replaced when the writer is closed
   * @throws IllegalArgumentException if numpy has no such type
   */
  public static NpyWriter create(Path path, DataType type, List<Long> shape) {
    TensorEntry entry = new TensorEntry(TensorFile.SOLE_NAME, type, shape);
    byte[] header = NpyHeader.encode(type, shape);
    OutputFile out = OutputFile.create(path);
    NpyWriter writer = new NpyWriter(out, index(List.of(entry)));
    writer.place(entry.name(), header.length, new CRC32());
    out.write(ByteBuffer.wrap(header), 0);
    return writer;
  }

  /**
   * The bytes before the data of a little-endian C-order array, for a file written elsewhere; the
   * data follows directly. Always the same for the same type and shape.
   *
   * @throws IllegalArgumentException if numpy has no such type
   */
  public static byte[] header(DataType type, List<Long> shape) {
    return NpyHeader.encode(type, shape);
  }

  @Override
  void finish(OutputFile file) {
    // The header does not depend on the data.
  }
}

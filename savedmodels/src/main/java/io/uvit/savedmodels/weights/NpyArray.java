package io.uvit.savedmodels.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;

/** What {@code .npy} files and the entries of {@code .npz} files share. */
final class NpyArray {
  private NpyArray() {}

  /** The tensor a header describes, which must fill the bytes there are. */
  static TensorEntry entry(
      String name, NpyHeader header, long available, MappedSource source, String subject) {
    TensorEntry entry;
    try {
      entry = new TensorEntry(name, header.type(), header.shape());
    } catch (IllegalArgumentException e) {
      throw new WeightFileException(
          source.path(), subject, e.getMessage(), "a shape of sane size", e);
    }
    if (entry.bytes() != available - header.length()) {
      throw source.wrong(
          subject,
          available - header.length() + " bytes of data",
          entry.bytes() + " for " + entry.type() + " of shape " + entry.shape());
    }
    return entry;
  }

  /** Whether the data needs no rearrangement. */
  static boolean isPlain(NpyHeader header) {
    long[] shape = dimensions(header);
    return (!header.bigEndian() || header.type().size() == 1)
        && (!header.fortran() || Strided.isContiguous(shape, Strided.fortran(shape)));
  }

  /**
   * Puts data as the file holds it into little-endian C order.
   *
   * @param data streams the bytes in the order of the file, in chunks of whole elements
   */
  static void stream(
      NpyHeader header,
      TensorEntry entry,
      Consumer<Consumer<ByteBuffer>> data,
      Consumer<ByteBuffer> chunks) {
    int size = header.type().size();
    Consumer<ByteBuffer> ordered =
        header.bigEndian() && size > 1
            ? chunk -> chunks.accept(Elements.swapped(chunk, size))
            : chunks;
    if (!header.fortran() || isPlain(header)) {
      data.accept(ordered);
      return;
    }
    if (entry.bytes() > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "tensor '" + entry.name() + "' in Fortran order is larger than 2 GiB");
    }
    ByteBuffer whole = ByteBuffer.allocate((int) entry.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    data.accept(whole::put);
    long[] shape = dimensions(header);
    // Elements move as little-endian words, so that a swap after it sees the bytes of the file.
    Strided.gather(whole.flip(), size, shape, Strided.fortran(shape), ordered);
  }

  private static long[] dimensions(NpyHeader header) {
    return header.shape().stream().mapToLong(Long::longValue).toArray();
  }
}

package io.uvit.savedmodels.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A numpy array, as a {@code .npy} file or an entry of an {@code .npz} file holds it.
 *
 * @param entry name, type and shape
 * @param header how the elements are laid out
 * @param raw the elements as they are stored
 */
record NpyArray(TensorEntry entry, NpyHeader header, TensorData raw) implements TensorData {
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

  @Override
  public Optional<ByteBuffer> view() {
    return isSwapped() || isRearranged() ? Optional.empty() : raw.view();
  }

  @Override
  public void stream(Consumer<ByteBuffer> chunks) {
    int size = header.type().size();
    Consumer<ByteBuffer> ordered =
        isSwapped() ? chunk -> chunks.accept(Elements.swapped(chunk, size)) : chunks;
    if (!isRearranged()) {
      raw.stream(ordered);
      return;
    }
    if (entry.bytes() > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "tensor '" + entry.name() + "' in Fortran order is larger than 2 GiB");
    }
    ByteBuffer whole = raw.view().orElseGet(this::copy);
    // Elements move as little-endian words, so that a swap after it sees the bytes of the file.
    long[] shape = dimensions();
    Strided.gather(whole, size, shape, Strided.fortran(shape), ordered);
  }

  private ByteBuffer copy() {
    ByteBuffer whole = ByteBuffer.allocate((int) entry.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    raw.stream(whole::put);
    return whole.flip();
  }

  private boolean isSwapped() {
    return header.bigEndian() && header.type().size() > 1;
  }

  private boolean isRearranged() {
    long[] shape = dimensions();
    return header.fortran() && !Strided.isContiguous(shape, Strided.fortran(shape));
  }

  private long[] dimensions() {
    return header.shape().stream().mapToLong(Long::longValue).toArray();
  }
}

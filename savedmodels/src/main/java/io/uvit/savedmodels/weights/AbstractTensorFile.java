package io.uvit.savedmodels.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** What the readers share: decoding of the data a format hands over in chunks. */
abstract class AbstractTensorFile implements TensorFile {
  private final MappedSource source;
  private final Map<String, TensorEntry> entries;

  /**
   * @param source the open file, closed with this
   * @param entries the tensors in file order
   */
  AbstractTensorFile(MappedSource source, Map<String, TensorEntry> entries) {
    this.source = source;
    this.entries = Collections.unmodifiableMap(entries);
  }

  /** Hands the data over in little-endian C-order chunks of whole elements. */
  abstract void stream(TensorEntry entry, Consumer<ByteBuffer> chunks);

  /** The data where the file holds it little-endian, contiguous and in C order. */
  abstract Optional<ByteBuffer> view(TensorEntry entry);

  final MappedSource source() {
    return source;
  }

  @Override
  public final Map<String, TensorEntry> entries() {
    return entries;
  }

  @Override
  public final void read(String name, FloatBuffer into) {
    TensorEntry entry = entry(name);
    if (into.remaining() < entry.elements()) {
      throw new IllegalArgumentException(
          "tensor '%s' has %d elements, the buffer room for %d"
              .formatted(name, entry.elements(), into.remaining()));
    }
    stream(entry, chunk -> Elements.toFloats(entry.type(), chunk, into));
  }

  @Override
  public final ByteBuffer bytes(String name) {
    TensorEntry entry = entry(name);
    int size = arraySize(entry, entry.bytes());
    return view(entry)
        .orElseGet(
            () -> {
              ByteBuffer copy = ByteBuffer.allocate(size);
              stream(entry, copy::put);
              return copy.flip().asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
            });
  }

  @Override
  public final float[] floats(String name) {
    TensorEntry entry = entry(name);
    float[] values = new float[arraySize(entry, entry.elements())];
    read(name, FloatBuffer.wrap(values));
    return values;
  }

  @Override
  public final double[] doubles(String name) {
    TensorEntry entry = entry(name);
    double[] values = new double[arraySize(entry, entry.elements())];
    DoubleBuffer into = DoubleBuffer.wrap(values);
    stream(entry, chunk -> Elements.toDoubles(entry.type(), chunk, into));
    return values;
  }

  @Override
  public final long[] longs(String name) {
    TensorEntry entry = entry(name);
    if (entry.type().isFloat()) {
      throw new IllegalArgumentException(
          "tensor '" + name + "' is " + entry.type() + ", wanted an integer type");
    }
    long[] values = new long[arraySize(entry, entry.elements())];
    LongBuffer into = LongBuffer.wrap(values);
    stream(entry, chunk -> Elements.toLongs(entry.type(), chunk, into));
    if (entry.type() == DataType.U64) {
      for (long value : values) {
        if (value < 0) {
          throw source.wrong(
              "tensor '" + name + "'", Long.toUnsignedString(value), "a value up to 2^63 - 1");
        }
      }
    }
    return values;
  }

  @Override
  public void close() {
    source.close();
  }

  @Override
  public String toString() {
    return source.toString();
  }

  private static int arraySize(TensorEntry entry, long size) {
    if (size > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "tensor '" + entry.name() + "' of shape " + entry.shape() + " is too large for an array");
    }
    return (int) size;
  }
}

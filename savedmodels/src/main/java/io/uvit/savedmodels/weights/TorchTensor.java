package io.uvit.savedmodels.weights;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A tensor in the object tree of a {@link TorchFile}: a strided view of a storage, read when asked
 * for. The reading methods are those of {@link TensorFile}; the file must be open.
 */
public final class TorchTensor {
  private static final int MAX_RANK = 64;

  /** An expanded tensor (stride 0) may be this large, or as large as its storage. */
  private static final long MAX_EXPANDED = 1L << 26;

  private final TensorEntry entry;
  private final TorchStorage storage;
  private final long first;
  private final long span;
  private final long[] shape;
  private final long[] strides;

  private TorchTensor(
      TensorEntry entry,
      TorchStorage storage,
      long first,
      long span,
      long[] shape,
      long[] strides) {
    this.entry = entry;
    this.storage = storage;
    this.first = first;
    this.span = span;
    this.shape = shape;
    this.strides = strides;
  }

  /**
   * A checked view.
   *
   * @param offset the first element, in elements from the start of the slice
   * @param strides in elements
   * @throws IllegalArgumentException if the view leaves its storage or is absurd
   */
  static TorchTensor view(
      TorchStorage.Slice slice,
      DataType type,
      long offset,
      List<Object> size,
      List<Object> strides) {
    if (size.size() != strides.size() || size.size() > MAX_RANK) {
      throw new IllegalArgumentException(
          size.size() + " dimensions and " + strides.size() + " strides");
    }
    List<Long> dimensions = size.stream().map(PickleValues::asLong).toList();
    TensorEntry entry = new TensorEntry(TensorFile.SOLE_NAME, type, dimensions);
    long[] shape = dimensions.stream().mapToLong(Long::longValue).toArray();
    long[] steps = strides.stream().mapToLong(PickleValues::asLong).toArray();
    long span = span(entry, shape, steps);
    long available = slice.length() / type.size();
    if (offset < 0 || (span > 0 && offset > available - span)) {
      throw new IllegalArgumentException(
          "a view of %d elements from %d in a storage of %d".formatted(span, offset, available));
    }
    if (entry.bytes() > Math.max(MAX_EXPANDED, slice.length())) {
      throw new IllegalArgumentException(
          "shape " + dimensions + " expanded from a storage of " + slice.length() + " bytes");
    }
    long begin = span == 0 ? 0 : slice.first() + offset * type.size();
    return new TorchTensor(entry, slice.storage(), begin, span, shape, steps);
  }

  /** Elements from the first to the last of the view, 0 if it is empty. */
  private static long span(TensorEntry entry, long[] shape, long[] strides) {
    long last = 0;
    for (int axis = 0; axis < shape.length; axis++) {
      if (strides[axis] < 0) {
        throw new IllegalArgumentException("a negative stride");
      }
      try {
        last = Math.addExact(last, Math.multiplyExact(Math.max(0, shape[axis] - 1), strides[axis]));
      } catch (ArithmeticException e) {
        throw new IllegalArgumentException("strides that overflow", e);
      }
    }
    return entry.elements() == 0 ? 0 : Math.addExact(last, 1);
  }

  /** The element type. */
  public DataType type() {
    return entry.type();
  }

  /** The dimensions; unmodifiable. */
  public List<Long> shape() {
    return entry.shape();
  }

  /** Reads as {@link TensorFile#read}. */
  public void read(FloatBuffer into) {
    reader().read(into);
  }

  /** The data as {@link TensorFile#bytes} gives it. */
  public ByteBuffer bytes() {
    return reader().bytes();
  }

  /** The values as {@link TensorFile#floats} gives them. */
  public float[] floats() {
    return reader().floats();
  }

  /** The values as {@link TensorFile#doubles} gives them. */
  public double[] doubles() {
    return reader().doubles();
  }

  /** The values as {@link TensorFile#longs} gives them. */
  public long[] longs() {
    return reader().longs();
  }

  /** The type and shape, as in {@code "F32 [3, 4]"}. */
  @Override
  public String toString() {
    return type() + " " + shape();
  }

  /** This tensor under a name. */
  TensorEntry named(String name) {
    return new TensorEntry(name, type(), shape());
  }

  TensorData data() {
    return new Data();
  }

  private TensorReader reader() {
    return new TensorReader(entry, data(), storage.source());
  }

  private final class Data implements TensorData {
    @Override
    public Optional<ByteBuffer> view() {
      return isSwapped() || !Strided.isContiguous(shape, strides)
          ? Optional.empty()
          : region().view();
    }

    @Override
    public void stream(Consumer<ByteBuffer> chunks) {
      int size = type().size();
      Consumer<ByteBuffer> ordered =
          isSwapped() ? chunk -> chunks.accept(Elements.swapped(chunk, size)) : chunks;
      if (Strided.isContiguous(shape, strides)) {
        region().stream(ordered);
      } else {
        Strided.gather(region().view().orElseThrow(), size, shape, strides, ordered);
      }
    }

    private RegionData region() {
      return storage.region(first, span * type().size());
    }

    private boolean isSwapped() {
      return storage.isBigEndian() && type().size() > 1;
    }
  }
}

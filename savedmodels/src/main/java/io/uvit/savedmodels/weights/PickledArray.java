package io.uvit.savedmodels.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A {@code numpy.ndarray} of a pickle, made empty and given its state later
 * (numpy/core/src/multiarray/methods.c, array_setstate). Data is referred to, not copied: one piece
 * of a pickle may serve any number of arrays.
 */
final class PickledArray {
  private static final int MAX_RANK = 64;

  private NumpyScalars.Dtype dtype;
  private List<Long> shape;
  private boolean fortran;
  private Object data;

  /** State: (1, shape, dtype, whether in Fortran order, bytes or a list of objects). */
  void setState(PickleTuple state) {
    if (state.size() != 5 || PickleValues.asLong(state.get(0)) != 1) {
      throw new IllegalArgumentException("an ndarray's state of another version");
    }
    if (!(state.get(3) instanceof Boolean order)) {
      throw new IllegalArgumentException(PickleValues.kind(state.get(3)) + " as an order");
    }
    set(state.get(2), PickleValues.asTuple(state.get(1)), order, state.get(4));
  }

  void set(Object type, PickleTuple dimensions, boolean inFortranOrder, Object content) {
    if (data != null) {
      throw new IllegalArgumentException("an ndarray that has its state already");
    }
    if (!(type instanceof NumpyScalars.Dtype found)) {
      throw new IllegalArgumentException(PickleValues.kind(type) + " as a dtype");
    }
    boolean fits = found.type() == null ? content instanceof List<?> : content instanceof byte[];
    if (!fits) {
      throw new IllegalArgumentException(PickleValues.kind(content) + " as an ndarray's data");
    }
    if (dimensions.size() > MAX_RANK) {
      throw new IllegalArgumentException(dimensions.size() + " dimensions");
    }
    dtype = found;
    shape = new ArrayList<>();
    dimensions.forEach(dimension -> shape.add(PickleValues.asLong(dimension)));
    fortran = inFortranOrder;
    data = content;
  }

  boolean isObjects() {
    return data != null && dtype.type() == null;
  }

  /** The objects of an array of them with one dimension. */
  List<?> objects(MappedSource source, String subject) {
    List<?> objects = (List<?>) data;
    if (!shape.equals(List.of((long) objects.size()))) {
      throw source.wrong(
          subject,
          objects.size() + " objects in an array of shape " + shape,
          "as many in one dimension");
    }
    return objects;
  }

  /** The numbers of an array of them. */
  NpyValue numbers(MappedSource source, String subject) {
    if (data == null || dtype.type() == null) {
      throw source.wrong(subject, "an ndarray without numbers", "an array of numbers");
    }
    byte[] bytes = (byte[]) data;
    NpyHeader header = new NpyHeader(dtype.type(), dtype.bigEndian(), fortran, shape, 0);
    TensorEntry entry = NpyArray.entry(subject, header, bytes.length, source, subject);
    ByteBuffer buffer = ByteBuffer.wrap(bytes).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    NpyArray array = new NpyArray(entry, header, new Memory(buffer));
    return new NpyValue(entry, new TensorReader(entry, array, source));
  }

  /** Data on the heap. */
  private record Memory(ByteBuffer bytes) implements TensorData {
    @Override
    public Optional<ByteBuffer> view() {
      return Optional.of(bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN));
    }

    @Override
    public void stream(Consumer<ByteBuffer> chunks) {
      chunks.accept(bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN));
    }
  }
}

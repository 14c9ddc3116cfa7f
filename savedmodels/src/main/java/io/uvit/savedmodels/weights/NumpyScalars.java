package io.uvit.savedmodels.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.LongBuffer;
import java.util.List;

/** Numpy scalars in pickles, such as a learning rate of type {@code numpy.float64}. */
final class NumpyScalars {
  /** A {@code numpy.dtype} under construction. */
  static final class Dtype {
    /** Null for Python objects. */
    private final DataType type;

    private boolean bigEndian;

    Dtype(DataType type) {
      this.type = type;
    }

    DataType type() {
      return type;
    }

    boolean bigEndian() {
      return bigEndian;
    }

    /** State of version 3: the byte order is the second item. */
    void setState(PickleTuple state) {
      bigEndian = state.size() > 1 && ">".equals(state.get(1));
    }
  }

  private NumpyScalars() {}

  static Object dtype(List<Object> arguments) {
    String code = PickleValues.asString(arguments.get(0));
    return new Dtype(
        DataType.ofNumpy(code)
            .orElseThrow(() -> new IllegalArgumentException("numpy type " + code)));
  }

  static Object scalar(List<Object> arguments) {
    if (!(arguments.get(0) instanceof Dtype dtype)
        || dtype.type == null
        || !(arguments.get(1) instanceof byte[] bytes)
        || bytes.length != dtype.type.size()) {
      throw new IllegalArgumentException("a numpy scalar of other parts");
    }
    ByteBuffer value = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (dtype.bigEndian) {
      value = Elements.swapped(value, bytes.length);
    }
    if (dtype.type.isFloat()) {
      double[] result = new double[1];
      Elements.toDoubles(dtype.type, value, DoubleBuffer.wrap(result));
      return result[0];
    }
    long[] result = new long[1];
    Elements.toLongs(dtype.type, value, LongBuffer.wrap(result));
    return dtype.type == DataType.BOOL ? (Object) (result[0] != 0) : (Object) result[0];
  }
}

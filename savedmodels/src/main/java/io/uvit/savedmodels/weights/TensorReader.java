package io.uvit.savedmodels.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;

/**
 * Decodes the data of one tensor. The methods are those of {@link TensorFile}.
 *
 * @param entry name, type and shape
 * @param data the data
 * @param source the file, for errors
 */
record TensorReader(TensorEntry entry, TensorData data, MappedSource source) {
  void read(FloatBuffer into) {
    if (into.remaining() < entry.elements()) {
      throw new IllegalArgumentException(
          "tensor '%s' has %d elements, the buffer room for %d"
              .formatted(entry.name(), entry.elements(), into.remaining()));
    }
    data.stream(chunk -> Elements.toFloats(entry.type(), chunk, into));
  }

  ByteBuffer bytes() {
    int size = arraySize(entry.bytes());
    return data.view().orElseGet(() -> copy(size));
  }

  float[] floats() {
    float[] values = new float[arraySize(entry.elements())];
    read(FloatBuffer.wrap(values));
    return values;
  }

  double[] doubles() {
    double[] values = new double[arraySize(entry.elements())];
    DoubleBuffer into = DoubleBuffer.wrap(values);
    data.stream(chunk -> Elements.toDoubles(entry.type(), chunk, into));
    return values;
  }

  long[] longs() {
    if (entry.type().isFloat()) {
      throw new IllegalArgumentException(
          "tensor '" + entry.name() + "' is " + entry.type() + ", wanted an integer type");
    }
    long[] values = new long[arraySize(entry.elements())];
    LongBuffer into = LongBuffer.wrap(values);
    data.stream(chunk -> Elements.toLongs(entry.type(), chunk, into));
    if (entry.type() == DataType.U64) {
      requireSigned(values);
    }
    return values;
  }

  private ByteBuffer copy(int size) {
    ByteBuffer copy = ByteBuffer.allocate(size);
    data.stream(copy::put);
    return copy.flip().asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  private void requireSigned(long[] values) {
    for (long value : values) {
      if (value < 0) {
        throw source.wrong(
            "tensor '" + entry.name() + "'",
            Long.toUnsignedString(value),
            "a value up to 2^63 - 1");
      }
    }
  }

  private int arraySize(long size) {
    if (size > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "tensor '" + entry.name() + "' of shape " + entry.shape() + " is too large for an array");
    }
    return (int) size;
  }
}

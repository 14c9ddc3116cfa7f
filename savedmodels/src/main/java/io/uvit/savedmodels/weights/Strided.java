package io.uvit.savedmodels.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;

/** Walks over a strided tensor in C order. */
final class Strided {
  private static final int CHUNK = 1 << 18;

  private final ByteBuffer data;
  private final int elementSize;
  private final ByteBuffer chunk;
  private final Consumer<ByteBuffer> chunks;

  private Strided(ByteBuffer data, int elementSize, Consumer<ByteBuffer> chunks) {
    this.data = data;
    this.elementSize = elementSize;
    this.chunk = ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
    this.chunks = chunks;
  }

  /** Whether the strides (in elements) are those of a contiguous C-order array. */
  static boolean isContiguous(long[] shape, long[] strides) {
    long expected = 1;
    for (int axis = shape.length - 1; axis >= 0; axis--) {
      if (shape[axis] == 0) {
        return true;
      }
      if (shape[axis] != 1) {
        if (strides[axis] != expected) {
          return false;
        }
        expected *= shape[axis];
      }
    }
    return true;
  }

  /** The strides, in elements, of a Fortran-order array. */
  static long[] fortran(long[] shape) {
    long[] strides = new long[shape.length];
    long stride = 1;
    for (int axis = 0; axis < shape.length; axis++) {
      strides[axis] = stride;
      stride *= Math.max(1, shape[axis]);
    }
    return strides;
  }

  /**
   * Hands the elements over in C order.
   *
   * @param data the first element at its position; little-endian
   * @param strides in elements, not negative; the last element must lie inside {@code data}
   */
  static void gather(
      ByteBuffer data, int elementSize, long[] shape, long[] strides, Consumer<ByteBuffer> chunks) {
    for (long dimension : shape) {
      if (dimension == 0) {
        return;
      }
    }
    Strided walk = new Strided(data, elementSize, chunks);
    if (shape.length == 0) {
      walk.run(data.position(), 0, 1);
    } else {
      walk.rows(shape, strides);
    }
    walk.flush();
  }

  private void rows(long[] shape, long[] strides) {
    int last = shape.length - 1;
    long[] index = new long[shape.length];
    int axis;
    do {
      long offset = 0;
      for (int i = 0; i < last; i++) {
        offset += index[i] * strides[i];
      }
      run(data.position() + offset * elementSize, strides[last] * elementSize, shape[last]);
      axis = last - 1;
      while (axis >= 0 && ++index[axis] == shape[axis]) {
        index[axis--] = 0;
      }
    } while (axis >= 0);
  }

  private void run(long start, long step, long count) {
    long at = start;
    for (long i = 0; i < count; i++, at += step) {
      if (chunk.remaining() < elementSize) {
        flush();
      }
      switch (elementSize) {
        case 8 -> chunk.putLong(data.getLong((int) at));
        case 4 -> chunk.putInt(data.getInt((int) at));
        case 2 -> chunk.putShort(data.getShort((int) at));
        default -> chunk.put(data.get((int) at));
      }
    }
  }

  private void flush() {
    chunks.accept(chunk.flip());
    chunk.clear();
  }
}

package io.uvit.savedmodels.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;

/** Decoding of little-endian elements. Every method consumes the whole chunk. */
final class Elements {
  private Elements() {}

  static void toFloats(DataType type, ByteBuffer chunk, FloatBuffer into) {
    int count = chunk.remaining() / type.size();
    switch (type) {
      case F32 -> into.put(chunk.asFloatBuffer());
      case F16 -> {
        for (int i = 0; i < count; i++) {
          into.put(HalfFloats.fromHalf(chunk.getShort()));
        }
      }
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          into.put(HalfFloats.fromBfloat(chunk.getShort()));
        }
      }
      case F64 -> {
        for (int i = 0; i < count; i++) {
          into.put((float) chunk.getDouble());
        }
      }
      case U64 -> {
        for (int i = 0; i < count; i++) {
          into.put(unsignedFloat(chunk.getLong()));
        }
      }
      default -> {
        for (int i = 0; i < count; i++) {
          into.put((float) integer(type, chunk));
        }
      }
    }
  }

  static void toDoubles(DataType type, ByteBuffer chunk, DoubleBuffer into) {
    int count = chunk.remaining() / type.size();
    for (int i = 0; i < count; i++) {
      into.put(
          switch (type) {
            case F64 -> chunk.getDouble();
            case F32 -> chunk.getFloat();
            case F16 -> HalfFloats.fromHalf(chunk.getShort());
            case BF16 -> HalfFloats.fromBfloat(chunk.getShort());
            case U64 -> unsignedDouble(chunk.getLong());
            default -> (double) integer(type, chunk);
          });
    }
  }

  /** Integer and BOOL types only; a U64 above the range of a long comes out negative. */
  static void toLongs(DataType type, ByteBuffer chunk, LongBuffer into) {
    int count = chunk.remaining() / type.size();
    for (int i = 0; i < count; i++) {
      into.put(integer(type, chunk));
    }
  }

  /**
   * Encodes as many values as there are and as fit, rounding to nearest, ties to even.
   *
   * @throws IllegalArgumentException if the type is no floating-point type
   */
  static void fromFloats(DataType type, FloatBuffer values, ByteBuffer into) {
    int count = Math.min(values.remaining(), into.remaining() / type.size());
    for (int i = 0; i < count; i++) {
      float value = values.get();
      switch (type) {
        case F64 -> into.putDouble(value);
        case F32 -> into.putFloat(value);
        case F16 -> into.putShort(HalfFloats.toHalf(value));
        case BF16 -> into.putShort(HalfFloats.toBfloat(value));
        default -> throw new IllegalArgumentException(type + " is no floating-point type");
      }
    }
  }

  /** Reverses the bytes of every element into a new little-endian buffer. */
  static ByteBuffer swapped(ByteBuffer chunk, int elementSize) {
    ByteBuffer in = chunk.duplicate().order(ByteOrder.BIG_ENDIAN);
    ByteBuffer out = ByteBuffer.allocate(chunk.remaining()).order(ByteOrder.LITTLE_ENDIAN);
    while (in.hasRemaining()) {
      switch (elementSize) {
        case 8 -> out.putLong(in.getLong());
        case 4 -> out.putInt(in.getInt());
        case 2 -> out.putShort(in.getShort());
        default -> out.put(in.get());
      }
    }
    return out.flip();
  }

  private static long integer(DataType type, ByteBuffer chunk) {
    return switch (type) {
      case I64, U64 -> chunk.getLong();
      case I32 -> chunk.getInt();
      case U32 -> Integer.toUnsignedLong(chunk.getInt());
      case I16 -> chunk.getShort();
      case U16 -> Short.toUnsignedLong(chunk.getShort());
      case I8 -> chunk.get();
      case U8 -> Byte.toUnsignedLong(chunk.get());
      case BOOL -> chunk.get() == 0 ? 0 : 1;
      case F64, F32, F16, BF16 -> throw new IllegalArgumentException(type + " is no integer type");
    };
  }

  private static float unsignedFloat(long bits) {
    // Halving keeps the sticky bit, so that the rounding of the conversion stays right.
    return bits >= 0 ? (float) bits : (float) ((bits >>> 1) | (bits & 1)) * 2;
  }

  private static double unsignedDouble(long bits) {
    return bits >= 0 ? (double) bits : (double) ((bits >>> 1) | (bits & 1)) * 2;
  }
}

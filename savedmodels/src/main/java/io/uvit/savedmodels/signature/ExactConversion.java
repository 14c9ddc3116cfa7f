package io.uvit.savedmodels.signature;

import io.uvit.savedmodels.weights.DataType;
import io.uvit.savedmodels.weights.HalfFloats;
import io.uvit.savedmodels.weights.TensorEntry;
import io.uvit.savedmodels.weights.TensorFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Brings an array to the type a signature wants where no value changes by it: int64 labels that fit
 * into int32, float64 images whose values are float32 numbers. Never between booleans and numbers.
 */
final class ExactConversion {
  private final TensorEntry entry;
  private final DataType wanted;

  private ExactConversion(TensorEntry entry, DataType wanted) {
    this.entry = entry;
    this.wanted = wanted;
  }

  /**
   * The elements of an array as the wanted type, little-endian, C order.
   *
   * @throws SignatureInputException if a value would change, naming it
   */
  static ByteBuffer read(TensorFile file, String key, DataType wanted) {
    TensorEntry entry = file.entry(key);
    if (entry.type() == wanted) {
      return file.bytes(key);
    }
    ExactConversion conversion = new ExactConversion(entry, wanted);
    if (entry.type() == DataType.BOOL || wanted == DataType.BOOL) {
      throw conversion.refuse("");
    }
    ByteBuffer out =
        ByteBuffer.allocate(Math.toIntExact(entry.elements() * wanted.size()))
            .order(ByteOrder.LITTLE_ENDIAN);
    if (entry.type().isInteger()) {
      long[] values = file.longs(key);
      for (int i = 0; i < values.length; i++) {
        conversion.put(values[i], i, out);
      }
    } else {
      double[] values = file.doubles(key);
      for (int i = 0; i < values.length; i++) {
        conversion.put(values[i], i, out);
      }
    }
    return out.flip();
  }

  private void put(long value, int index, ByteBuffer out) {
    if (wanted.isFloat()) {
      // More than 53 significant bits are more than any floating-point type here has.
      long magnitude = Math.abs(value);
      int bits =
          Long.SIZE - Long.numberOfLeadingZeros(magnitude) - Long.numberOfTrailingZeros(magnitude);
      if (magnitude != 0 && bits > 53) {
        throw refuse(value, index);
      }
      put((double) value, index, out);
      return;
    }
    boolean fits =
        switch (wanted) {
          case I64 -> true;
          case I32 -> value == (int) value;
          case U16 -> value == (value & 0xffff);
          case U8 -> value == (value & 0xff);
          default -> throw new AssertionError(wanted);
        };
    if (!fits) {
      throw refuse(value, index);
    }
    switch (wanted) {
      case I64 -> out.putLong(value);
      case I32 -> out.putInt((int) value);
      case U16 -> out.putShort((short) value);
      default -> out.put((byte) value);
    }
  }

  private void put(double value, int index, ByteBuffer out) {
    if (wanted.isInteger()) {
      if (value != Math.rint(value) || value < -0x1p63 || value >= 0x1p63) {
        throw refuse(value, index);
      }
      put((long) value, index, out);
      return;
    }
    float single = (float) value;
    double back =
        switch (wanted) {
          case F64 -> value;
          case F32 -> single;
          case F16 -> HalfFloats.fromHalf(HalfFloats.toHalf(single));
          case BF16 -> HalfFloats.fromBfloat(HalfFloats.toBfloat(single));
          default -> throw new AssertionError(wanted);
        };
    if (back != value && !Double.isNaN(value)) {
      throw refuse(value, index);
    }
    switch (wanted) {
      case F64 -> out.putDouble(value);
      case F32 -> out.putFloat(single);
      case F16 -> out.putShort(HalfFloats.toHalf(single));
      default -> out.putShort(HalfFloats.toBfloat(single));
    }
  }

  private SignatureInputException refuse(Number value, int index) {
    return refuse(" with the value " + value + " at element " + index);
  }

  private SignatureInputException refuse(String where) {
    return new SignatureInputException(
        "input '%s': found %s%s, wanted %s without loss"
            .formatted(entry.name(), entry.type().torchName(), where, wanted.torchName()));
  }
}

package io.uvit.savedmodels.weights;

import java.util.Optional;

/** Element types of the supported formats. Complex, quantised, 8-bit float and text are not. */
public enum DataType {
  F64(8, Kind.FLOAT, "f8", "double"),
  F32(4, Kind.FLOAT, "f4", "float"),
  F16(2, Kind.FLOAT, "f2", "half"),
  /** Upper half of a float32; numpy has no such type. */
  BF16(2, Kind.FLOAT, null, "bfloat16"),
  I64(8, Kind.INTEGER, "i8", "long"),
  I32(4, Kind.INTEGER, "i4", "int"),
  I16(2, Kind.INTEGER, "i2", "short"),
  I8(1, Kind.INTEGER, "i1", "char"),
  U8(1, Kind.INTEGER, "u1", "byte"),
  U16(2, Kind.INTEGER, "u2", null),
  U32(4, Kind.INTEGER, "u4", null),
  U64(8, Kind.INTEGER, "u8", null),
  /** One byte, 0 or 1. */
  BOOL(1, Kind.BOOLEAN, "b1", "bool");

  private enum Kind {
    FLOAT,
    INTEGER,
    BOOLEAN
  }

  private final int size;
  private final Kind kind;
  private final String numpyCode;
  private final String torchStorage;

  DataType(int size, Kind kind, String numpyCode, String torchStorage) {
    this.size = size;
    this.kind = kind;
    this.numpyCode = numpyCode;
    this.torchStorage = torchStorage;
  }

  /** Bytes of one element. */
  public int size() {
    return size;
  }

  /** Whether this is a floating-point type. */
  public boolean isFloat() {
    return kind == Kind.FLOAT;
  }

  /** Whether this is an integer type; false for {@link #BOOL}. */
  public boolean isInteger() {
    return kind == Kind.INTEGER;
  }

  /** The name in a safetensors header, such as {@code "BF16"}. */
  public String safetensorsName() {
    return name();
  }

  /** The type of a safetensors name. */
  public static Optional<DataType> ofSafetensors(String name) {
    for (DataType type : values()) {
      if (type.safetensorsName().equals(name)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /** The little-endian numpy descriptor, such as {@code "<f4"}; empty for {@link #BF16}. */
  public Optional<String> numpyDescr() {
    return Optional.ofNullable(numpyCode).map(code -> (size == 1 ? "|" : "<") + code);
  }

  /** The type of a numpy code without byte order, such as {@code "f4"}. */
  public static Optional<DataType> ofNumpy(String code) {
    for (DataType type : values()) {
      if (code.equals(type.numpyCode)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /** The class of a typed PyTorch storage, such as {@code "FloatStorage"}; empty for U16 to U64. */
  public Optional<String> torchStorage() {
    if (torchStorage == null) {
      return Optional.empty();
    }
    String name = this == BF16 ? "BFloat16" : capitalised(torchStorage);
    return Optional.of(name + "Storage");
  }

  /** The name of the {@code torch.dtype}, such as {@code "float32"}. */
  public String torchName() {
    return switch (this) {
      case BF16 -> "bfloat16";
      case BOOL -> "bool";
      case F64, F32, F16 -> "float" + 8 * size;
      case I64, I32, I16, I8 -> "int" + 8 * size;
      case U8, U16, U32, U64 -> "uint" + 8 * size;
    };
  }

  private static String capitalised(String word) {
    return Character.toUpperCase(word.charAt(0)) + word.substring(1);
  }
}

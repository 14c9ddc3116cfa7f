package io.uvit.savedmodels.signature;

import io.uvit.savedmodels.weights.DataType;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat16;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TUint16;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TType;

/** Element types that both files of arrays and TensorFlow for Java have. */
enum ElementType {
  FLOAT64(DataType.F64, org.tensorflow.proto.DataType.DT_DOUBLE, TFloat64.class),
  FLOAT32(DataType.F32, org.tensorflow.proto.DataType.DT_FLOAT, TFloat32.class),
  FLOAT16(DataType.F16, org.tensorflow.proto.DataType.DT_HALF, TFloat16.class),
  BFLOAT16(DataType.BF16, org.tensorflow.proto.DataType.DT_BFLOAT16, TBfloat16.class),
  INT64(DataType.I64, org.tensorflow.proto.DataType.DT_INT64, TInt64.class),
  INT32(DataType.I32, org.tensorflow.proto.DataType.DT_INT32, TInt32.class),
  UINT16(DataType.U16, org.tensorflow.proto.DataType.DT_UINT16, TUint16.class),
  UINT8(DataType.U8, org.tensorflow.proto.DataType.DT_UINT8, TUint8.class),
  BOOL(DataType.BOOL, org.tensorflow.proto.DataType.DT_BOOL, TBool.class);

  private final DataType file;
  private final org.tensorflow.proto.DataType proto;
  private final Class<? extends TType> tensor;

  ElementType(DataType file, org.tensorflow.proto.DataType proto, Class<? extends TType> tensor) {
    this.file = file;
    this.proto = proto;
    this.tensor = tensor;
  }

  static Optional<ElementType> of(org.tensorflow.proto.DataType type) {
    return Arrays.stream(values()).filter(e -> e.proto == type).findFirst();
  }

  /** The type in a file. */
  DataType file() {
    return file;
  }

  /** The class of its tensors. */
  Class<? extends TType> tensor() {
    return tensor;
  }

  /** TensorFlow's name of a type, such as {@code float32}, {@code string}. */
  static String name(org.tensorflow.proto.DataType type) {
    return of(type)
        .map(e -> e.name().toLowerCase(Locale.ROOT))
        .orElseGet(() -> type.name().replaceFirst("^DT_", "").toLowerCase(Locale.ROOT));
  }
}

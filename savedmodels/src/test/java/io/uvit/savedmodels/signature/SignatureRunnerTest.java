package io.uvit.savedmodels.signature;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.savedmodels.weights.DataType;
import io.uvit.savedmodels.weights.NpzWriter;
import io.uvit.savedmodels.weights.TensorEntry;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TensorFiles;
import io.uvit.savedmodels.weights.TensorWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Graph;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.SessionFunction;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat16;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint16;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TType;

/** Models of TensorFlow's own exporter, every element type, exact conversions and refusals. */
class SignatureRunnerTest {
  @TempDir Path folder;

  static Stream<Arguments> sameType() {
    return Stream.of(
        Arguments.of(TFloat64.class, DataType.F64),
        Arguments.of(TFloat32.class, DataType.F32),
        Arguments.of(TFloat16.class, DataType.F16),
        Arguments.of(TInt64.class, DataType.I64),
        Arguments.of(TInt32.class, DataType.I32),
        Arguments.of(TUint16.class, DataType.U16),
        Arguments.of(TUint8.class, DataType.U8),
        Arguments.of(TBool.class, DataType.BOOL));
  }

  @ParameterizedTest
  @MethodSource("sameType")
  void arraysPassUnchanged(Class<? extends TType> tensor, DataType type) throws IOException {
    byte[] bytes = new byte[6 * type.size()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (type == DataType.BOOL ? i % 2 : 3 * i + 1);
    }
    for (List<Long> shape : List.of(List.of(2L, 3L), List.of(6L), List.of(2L, 0L))) {
      byte[] data = shape.contains(0L) ? new byte[0] : bytes;
      TensorEntry result = call(tensor, type, shape, data);
      assertEquals(new TensorEntry("y", type, shape), result);
      assertArrayEquals(data, output());
    }
  }

  @Test
  void scalarsHaveNoDimensions() throws IOException {
    byte[] data = little(4).putInt(-7).array();
    assertEquals(List.of(), call(TInt32.class, DataType.I32, List.of(), data).shape());
    assertArrayEquals(data, output());
  }

  @Test
  void exactConversionsAreMade() throws IOException {
    call(TInt32.class, DataType.I64, List.of(1L), little(8).putLong(Integer.MIN_VALUE).array());
    assertArrayEquals(little(4).putInt(Integer.MIN_VALUE).array(), output());
    call(
        TFloat32.class,
        DataType.F64,
        List.of(2L),
        little(16).putDouble(0.5).putDouble(Double.NaN).array());
    assertArrayEquals(little(8).putFloat(0.5f).putFloat(Float.NaN).array(), output());
    call(TFloat32.class, DataType.I64, List.of(1L), little(8).putLong(1L << 40).array());
    assertArrayEquals(little(4).putFloat(0x1p40f).array(), output());
    call(TUint8.class, DataType.F32, List.of(1L), little(4).putFloat(255).array());
    assertArrayEquals(new byte[] {-1}, output());
    call(TFloat64.class, DataType.I64, List.of(1L), little(8).putLong(Long.MIN_VALUE).array());
    assertArrayEquals(little(8).putDouble(-0x1p63).array(), output());
    TensorEntry widened =
        call(TBfloat16.class, DataType.F32, List.of(1L), little(4).putFloat(-1.5f).array());
    assertEquals(DataType.F32, widened.type());
    assertArrayEquals(little(4).putFloat(-1.5f).array(), output());
  }

  @Test
  void lossyConversionsAreRefused() {
    refused(
        TInt32.class,
        DataType.I64,
        little(8).putLong(1L << 31),
        "int64 with the value 2147483648 at element 0, wanted int32");
    refused(TFloat32.class, DataType.F64, little(8).putDouble(0.1), "float64 with the value 0.1");
    refused(TFloat32.class, DataType.I32, little(4).putInt((1 << 24) + 1), "wanted float32");
    refused(TFloat64.class, DataType.I64, little(8).putLong(Long.MAX_VALUE), "wanted float64");
    refused(TInt64.class, DataType.F64, little(8).putDouble(0x1p63), "wanted int64");
    refused(TInt32.class, DataType.F32, little(4).putFloat(1.5f), "the value 1.5");
    refused(TUint8.class, DataType.I32, little(4).putInt(-1), "wanted uint8");
    refused(TBfloat16.class, DataType.F32, little(4).putFloat(1.001f), "wanted bfloat16");
    refused(TFloat16.class, DataType.F32, little(4).putFloat(65536), "wanted float16");
    refused(TBool.class, DataType.U8, little(1).put((byte) 1), "found uint8, wanted bool");
    refused(TInt32.class, DataType.BOOL, little(1).put((byte) 1), "found bool, wanted int32");
  }

  @Test
  void textIsRefused() {
    SavedModelException e =
        assertThrows(
            SavedModelException.class,
            () -> call(TString.class, DataType.U8, List.of(1L), new byte[1]));
    assertTrue(
        e.getMessage().contains("input 'x' of signature 'f' of type string"), e.getMessage());
  }

  private void refused(
      Class<? extends TType> tensor, DataType type, ByteBuffer data, String message) {
    SignatureInputException e =
        assertThrows(
            SignatureInputException.class, () -> call(tensor, type, List.of(1L), data.array()));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  /** Sends one array through a model that gives it back. */
  private TensorEntry call(
      Class<? extends TType> tensor, DataType type, List<Long> shape, byte[] data)
      throws IOException {
    Path model = folder.resolve(tensor.getSimpleName());
    if (!SavedModelInfo.isSavedModel(model)) {
      export(tensor, model);
    }
    Path inputs = folder.resolve("in.npz");
    try (TensorWriter writer =
        NpzWriter.create(inputs, List.of(new TensorEntry("x", type, shape)))) {
      writer.write("x", ByteBuffer.wrap(data));
    }
    try (SignatureRunner runner = SignatureRunner.open(model);
        TensorFile arrays = TensorFiles.open(inputs)) {
      return runner.run("f", arrays, folder.resolve("out.npz")).get(0);
    }
  }

  private byte[] output() {
    try (TensorFile file = TensorFiles.open(folder.resolve("out.npz"))) {
      ByteBuffer bytes = file.bytes("y");
      byte[] copy = new byte[bytes.remaining()];
      bytes.get(copy);
      return copy;
    }
  }

  private static <T extends TType> void export(Class<T> type, Path folder) throws IOException {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      var x = tf.placeholder(type, Placeholder.shape(Shape.unknown()));
      var y = tf.identity(x);
      Signature signature = Signature.builder("f").input("x", x).output("y", y).build();
      SavedModelBundle.exporter(folder.toString())
          .withFunction(SessionFunction.create(signature, session))
          .export();
    }
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}

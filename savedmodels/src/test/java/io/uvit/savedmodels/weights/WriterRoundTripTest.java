package io.uvit.savedmodels.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WriterRoundTripTest {
  @TempDir Path folder;

  @Test
  void everyTypeInEveryFormat() throws IOException {
    for (Path path : Samples.writeAll(folder)) {
      try (TensorFile file = TensorFiles.open(path)) {
        assertFalse(file.entries().isEmpty());
        for (TensorEntry entry : file.entries().values()) {
          assertEquals(Samples.data(entry), file.bytes(entry.name()), path + " " + entry);
        }
        if (!path.toString().endsWith(".npy")) {
          List<TensorEntry> declared = Samples.entries(path.toString().endsWith(".npz"));
          assertEquals(declared.size(), file.entries().size());
          declared.forEach(entry -> assertEquals(entry, file.entry(entry.name())));
        }
      }
    }
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(4, left.count());
    }
  }

  @Test
  void equalContentGivesEqualFiles() throws IOException {
    List<Path> first = Samples.writeAll(Files.createDirectory(folder.resolve("1")));
    List<Path> second = Samples.writeAll(Files.createDirectory(folder.resolve("2")));
    for (int i = 0; i < first.size(); i++) {
      assertArrayEquals(Files.readAllBytes(first.get(i)), Files.readAllBytes(second.get(i)));
    }
  }

  @Test
  void torchDataIsAlignedAndStored() {
    Path path = Samples.writeAll(folder).get(1);
    try (MappedSource source = MappedSource.open(path)) {
      for (ZipEntry entry : ZipEntries.read(source).values()) {
        assertFalse(entry.deflated());
        assertEquals(0, entry.offset() % 64, entry.name());
      }
    }
  }

  @Test
  void floatsAreRoundedToTheDeclaredType() {
    Path path = folder.resolve("half.safetensors");
    List<TensorEntry> entries =
        List.of(
            new TensorEntry("h", DataType.F16, List.of(3L)),
            new TensorEntry("b", DataType.BF16, List.of(3L)),
            new TensorEntry("d", DataType.F64, List.of(3L)));
    float[] values = {1.00001f, -3.14159f, 1e-8f};
    try (TensorWriter writer = SafetensorsWriter.create(path, entries, Map.of())) {
      for (TensorEntry entry : entries) {
        writer.write(entry.name(), FloatBuffer.wrap(values, 0, 1));
        writer.write(entry.name(), FloatBuffer.wrap(values, 1, 2));
      }
    }
    try (TensorFile file = TensorFiles.open(path)) {
      assertArrayEquals(new float[] {1, -3.140625f, 0}, file.floats("h"));
      assertArrayEquals(
          new float[] {1, -3.140625f, HalfFloats.fromBfloat((short) 0x322c)}, file.floats("b"));
      assertArrayEquals(values, file.floats("d"));
    }
  }

  @Test
  void optimizerStateTree() {
    TensorEntry moment = new TensorEntry("m", DataType.F32, List.of(2L));
    Map<Object, Object> state = new LinkedHashMap<>();
    state.put(0L, Map.of("exp_avg", moment));
    Map<Object, Object> root = new LinkedHashMap<>();
    root.put("state", state);
    root.put(
        "param_groups",
        List.of(Map.of("betas", TorchWriter.tuple(0.9, 0.999), "params", List.of(0L, 300L))));
    root.put("none", null);
    root.put("big", -(1L << 40));
    Path path = folder.resolve("optimizer.pth");
    try (TensorWriter writer = TorchWriter.createTree(path, root)) {
      writer.write("m", FloatBuffer.wrap(new float[] {1, 2}));
    }
    try (TorchFile file = TorchFile.open(path)) {
      assertArrayEquals(new float[] {1, 2}, file.floats("state/0/exp_avg"));
      Map<?, ?> read = (Map<?, ?>) file.root();
      assertEquals(root.get("param_groups"), read.get("param_groups"));
      assertEquals(-(1L << 40), read.get("big"));
      assertTrue(read.containsKey("none"));
    }
  }

  @Test
  void anIncompleteFileDoesNotAppear() throws IOException {
    Path path = Files.writeString(folder.resolve("w.pth"), "before");
    TensorWriter writer =
        TorchWriter.create(path, List.of(new TensorEntry("a", DataType.F32, List.of(2L))));
    writer.write("a", FloatBuffer.wrap(new float[1]));
    assertThrows(IllegalStateException.class, writer::close);
    assertEquals("before", Files.readString(path));
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(1, left.count());
    }
  }

  @Test
  void wrongDataIsRefused() {
    List<TensorEntry> entries =
        List.of(
            new TensorEntry("a", DataType.F32, List.of(2L)),
            new TensorEntry("i", DataType.I32, List.of(1L)));
    try (TensorWriter writer = NpzWriter.create(folder.resolve("w.npz"), entries)) {
      FloatBuffer three = FloatBuffer.wrap(new float[3]);
      assertThrows(IllegalArgumentException.class, () -> writer.write("a", three));
      assertThrows(IllegalArgumentException.class, () -> writer.write("a", ByteBuffer.allocate(6)));
      assertThrows(IllegalArgumentException.class, () -> writer.write("i", three));
      assertThrows(IllegalArgumentException.class, () -> writer.write("x", three));
      writer.write("a", ByteBuffer.allocate(8));
      writer.write("i", ByteBuffer.allocate(4));
    }
    List<TensorEntry> twice = Arrays.asList(entries.get(0), entries.get(0));
    assertThrows(
        IllegalArgumentException.class, () -> NpzWriter.create(folder.resolve("x"), twice));
  }
}

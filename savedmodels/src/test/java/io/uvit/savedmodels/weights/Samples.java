package io.uvit.savedmodels.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Small files of every format, with all types and some shapes. */
final class Samples {
  private static final List<List<Long>> SHAPES =
      List.of(List.of(), List.of(3L), List.of(2L, 1L, 3L), List.of(0L, 4L));

  private Samples() {}

  static List<TensorEntry> entries(boolean numpy) {
    List<TensorEntry> entries = new ArrayList<>();
    for (DataType type : DataType.values()) {
      if (!numpy || type.numpyDescr().isPresent()) {
        List<Long> shape = SHAPES.get(entries.size() % SHAPES.size());
        entries.add(new TensorEntry("block.0/" + type.name(), type, shape));
      }
    }
    return entries;
  }

  /** Data of a tensor: a function of its name. */
  static ByteBuffer data(TensorEntry entry) {
    SplittableRandom random = new SplittableRandom(entry.name().hashCode());
    ByteBuffer data = ByteBuffer.allocate((int) entry.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    while (data.hasRemaining()) {
      data.put((byte) (entry.type() == DataType.BOOL ? random.nextInt(2) : random.nextInt(100)));
    }
    return data.flip();
  }

  static void fill(TensorWriter writer) {
    try (writer) {
      for (TensorEntry entry : writer.entries().values()) {
        writer.write(entry.name(), data(entry));
      }
    }
  }

  /** One file of each writer. */
  static List<Path> writeAll(Path folder) {
    Path safetensors = folder.resolve("a.safetensors");
    Path torch = folder.resolve("a.pth");
    Path npz = folder.resolve("a.npz");
    Path npy = folder.resolve("a.npy");
    fill(SafetensorsWriter.create(safetensors, entries(false), Map.of("format", "pt")));
    fill(TorchWriter.create(torch, entries(false)));
    fill(NpzWriter.create(npz, entries(true)));
    fill(NpyWriter.create(npy, DataType.F32, List.of(3L, 5L)));
    return List.of(safetensors, torch, npz, npy);
  }
}

package io.uvit.savedmodels.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ZipRulesTest {
  private static final byte[] CENTRAL = {'P', 'K', 1, 2};
  private static final byte[] LOCAL = {'P', 'K', 3, 4};
  private static final TensorEntry A = new TensorEntry("a", DataType.F32, List.of(4L));

  @TempDir Path folder;

  private Path npz() {
    Path path = folder.resolve("a.npz");
    Samples.fill(NpzWriter.create(path, List.of(A)));
    return path;
  }

  private Path deflated(String name, byte[] content) throws IOException {
    Path path = folder.resolve("deflated.zip");
    try (OutputStream file = Files.newOutputStream(path);
        ZipOutputStream zip = new ZipOutputStream(file)) {
      zip.putNextEntry(new java.util.zip.ZipEntry(name));
      zip.write(content);
      zip.closeEntry();
    }
    return path;
  }

  private static byte[] npy(long elements) {
    byte[] header = NpyHeader.encode(DataType.F32, List.of(elements));
    return ByteBuffer.allocate((int) (header.length + 4 * elements)).put(header).array();
  }

  private static int find(byte[] bytes, byte[] signature) {
    for (int at = bytes.length - 4; at >= 0; at--) {
      if (ByteBuffer.wrap(bytes, at, 4).equals(ByteBuffer.wrap(signature))) {
        return at;
      }
    }
    throw new AssertionError("no such signature");
  }

  /** Changes a field of the last header with a signature. */
  private static Path changed(Path path, byte[] signature, int field, int value, int size)
      throws IOException {
    byte[] bytes = Files.readAllBytes(path);
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int at = find(bytes, signature) + field;
    if (size == 2) {
      buffer.putShort(at, (short) value);
    } else {
      buffer.putInt(at, value);
    }
    return Files.write(path, bytes);
  }

  private static void assertRefused(Path path, String reason) {
    WeightFileException error =
        assertThrows(
            WeightFileException.class,
            () -> {
              try (TensorFile file = TensorFiles.open(path)) {
                file.entries().keySet().forEach(file::bytes);
              }
            });
    assertTrue(error.getMessage().contains(reason), error.getMessage());
  }

  @Test
  void deflatedArraysAreRead() throws IOException {
    try (TensorFile file = TensorFiles.open(deflated("x.npy", npy(100_000)))) {
      assertArrayEquals(new float[100_000], file.floats("x"));
      assertEquals(
          Map.of("x", new TensorEntry("x", DataType.F32, List.of(100_000L))), file.entries());
    }
  }

  @Test
  void damagedHeadersAreRefused() throws IOException {
    assertRefused(changed(npz(), CENTRAL, 8, 1, 2), "encrypted");
    assertRefused(changed(npz(), CENTRAL, 10, 12, 2), "compression method 12");
    assertRefused(changed(npz(), CENTRAL, 16, 1, 4), "CRC-32");
    assertRefused(changed(npz(), CENTRAL, 20, 5, 4), "bytes stored for");
    assertRefused(changed(npz(), CENTRAL, 42, 7, 4), "another header");
    assertRefused(changed(npz(), LOCAL, 28, 0x7fff, 2), "before the central directory");
    assertRefused(changed(npz(), new byte[] {'P', 'K', 5, 6}, 10, 2, 2), "no entry at");
    assertRefused(changed(npz(), new byte[] {'P', 'K', 5, 6}, 10, 0, 2), "bytes more");
    assertRefused(changed(npz(), new byte[] {'P', 'K', 5, 6}, 4, 1, 2), "several disks");
  }

  @Test
  void damagedDataIsNoticed() throws IOException {
    Path path = npz();
    byte[] bytes = Files.readAllBytes(path);
    bytes[64 + 128] ^= 1;
    assertRefused(Files.write(path, bytes), "CRC-32");
    Path packed = deflated("x.npy", npy(1000));
    assertRefused(changed(packed, CENTRAL, 16, 1, 4), "CRC-32");
  }

  @Test
  void aDeflatedEntryCannotDeclareMoreThanDeflateGives() throws IOException {
    Path path = deflated("x.npy", npy(1000));
    assertRefused(changed(path, CENTRAL, 24, Integer.MAX_VALUE, 4), "the limit of deflate");
    assertRefused(changed(deflated("x.npy", npy(1000)), CENTRAL, 24, 5000, 4), "ends early");
  }

  @Test
  void entriesMayNotShareAHeader() throws IOException {
    Path path = folder.resolve("two.npz");
    TensorEntry b = new TensorEntry("b", DataType.F32, List.of(4L));
    Samples.fill(NpzWriter.create(path, List.of(A, b)));
    byte[] bytes = Files.readAllBytes(path);
    int second = find(bytes, CENTRAL);
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    // Both directory entries point to one local header, by one name.
    buffer.putInt(second + 42, 0);
    bytes[second + 46] = 'a';
    assertRefused(Files.write(path, bytes), "twice");
    // Two names, one local header.
    bytes[second + 46] = 'b';
    assertRefused(Files.write(path, bytes), "another header");
  }

  @Test
  void anEntryMayNotReachIntoTheNext() throws IOException {
    Path path = folder.resolve("two.npz");
    TensorEntry b = new TensorEntry("b", DataType.F32, List.of(4L));
    Samples.fill(NpzWriter.create(path, List.of(A, b)));
    byte[] bytes = Files.readAllBytes(path);
    int first = find(bytes, CENTRAL) - (46 + "a.npy".length());
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(0x02014b50, buffer.getInt(first));
    buffer.putInt(first + 20, 272).putInt(first + 24, 272);
    assertRefused(Files.write(path, bytes), "inside another entry's");
  }

  @Test
  void torchEntriesAreStored() throws IOException {
    assertRefused(deflated("a/data.pkl", new byte[] {'N', '.'}), "deflated");
  }

  @Test
  void otherArchivesAreRefused() throws IOException {
    assertRefused(deflated("readme.txt", "hello".getBytes(StandardCharsets.UTF_8)), "another kind");
    assertRefused(deflated("../x.npy", new byte[20]), "a numpy array");
  }

  @Test
  void aTorchFileWithoutChecksumsIsRead() throws IOException {
    Path path = folder.resolve("a.pth");
    Samples.fill(TorchWriter.create(path, List.of(A)));
    byte[] bytes = Files.readAllBytes(path);
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < bytes.length - 4; at++) {
      if (buffer.getInt(at) == 0x02014b50) {
        buffer.putInt(at + 16, 0);
      }
    }
    Files.write(path, bytes);
    try (TensorFile file = TensorFiles.open(path)) {
      assertEquals(Samples.data(A), file.bytes("a"));
    }
  }

  @Test
  void aLargeCountNeedsZip64() throws IOException {
    Path path = folder.resolve("many.npz");
    List<TensorEntry> many =
        IntStream.range(0, 0xffff)
            .mapToObj(i -> new TensorEntry("t" + i, DataType.U8, List.of(0L)))
            .toList();
    try (TensorWriter writer = NpzWriter.create(path, many)) {
      assertEquals(many.size(), writer.entries().size());
    }
    try (MappedSource source = MappedSource.open(path)) {
      assertEquals(many.size(), ZipEntries.read(source).size());
    }
  }
}

package io.uvit.tests.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.uvit.savedmodels.weights.DataType;
import io.uvit.savedmodels.weights.NpyWriter;
import io.uvit.savedmodels.weights.NpzWriter;
import io.uvit.savedmodels.weights.SafetensorsWriter;
import io.uvit.savedmodels.weights.TensorEntry;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TensorFiles;
import io.uvit.savedmodels.weights.TensorWriter;
import io.uvit.savedmodels.weights.TorchWriter;
import io.uvit.savedmodels.weights.WeightFileException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random damage to files of every format: what comes of it is values or the one exception, in
 * bounded time and memory. {@code -Duvit.fuzz=N} sets the number of cases of each file; a failure
 * names the seed of its case.
 */
class WeightFuzzTest {
  private static final int CASES = Integer.getInteger("uvit.fuzz", 300);
  private static final Duration HANGS = Duration.ofSeconds(60);
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** What opening a file may allocate, beside a multiple of its size. */
  private static final long FREE = 8L << 20;

  private static final int FACTOR = 64;

  @TempDir Path folder;

  /** Files of PyTorch and numpy: among them the legacy format, which has no checksums. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "mixed_legacy.pth",
        "nested_legacy.pth",
        "mixed_zip.pth",
        "mixed_zip_proto4.pth",
        "nested_zip.pth",
        "sequential.pth",
        "bare_int.pth",
        "mixed.safetensors",
        "expected.npz",
        "expected_compressed.npz",
        "fortran_order.npy",
        "big_endian.npy"
      })
  void filesOfOthers(String name) throws IOException {
    byte[] whole = Files.readAllBytes(WeightFixtures.file("pth_formats/" + name));
    fuzz(name, whole, mutations -> mutations.damaged(whole));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.pth", "a.safetensors", "a.npz", "a.npy"})
  void filesOfOurs(String name) throws IOException {
    byte[] whole = Files.readAllBytes(written(name));
    fuzz(name, whole, mutations -> mutations.damaged(whole));
  }

  /** Archives whose checksums are right, so that the damage reaches what reads the entries. */
  @ParameterizedTest
  @ValueSource(
      strings = {"mixed_zip.pth", "mixed_zip_proto4.pth", "nested_zip.pth", "expected.npz"})
  void entriesOfArchives(String name) throws IOException {
    Path path = WeightFixtures.file("pth_formats/" + name);
    boolean mayDeflate = name.endsWith(".npz");
    fuzz(name, Files.readAllBytes(path), mutations -> mutations.damagedEntry(path, mayDeflate));
  }

  private Path written(String name) {
    List<TensorEntry> entries = new ArrayList<>();
    for (DataType type : DataType.values()) {
      if (!name.endsWith(".npz") || type.numpyDescr().isPresent()) {
        entries.add(new TensorEntry("block." + type, type, List.of(2L, 1L, 3L)));
        entries.add(new TensorEntry("none." + type, type, List.of(0L, 4L)));
      }
    }
    Path path = folder.resolve(name);
    TensorWriter writer =
        switch (name) {
          case "a.pth" -> TorchWriter.create(path, entries);
          case "a.safetensors" -> SafetensorsWriter.create(path, entries, Map.of("format", "pt"));
          case "a.npz" -> NpzWriter.create(path, entries);
          default -> NpyWriter.create(path, DataType.F32, List.of(3L, 5L));
        };
    try (writer) {
      for (TensorEntry entry : writer.entries().values()) {
        writer.write(entry.name(), ByteBuffer.allocate((int) entry.bytes()));
      }
    }
    return path;
  }

  private void fuzz(String name, byte[] whole, Function<Mutations, byte[]> damage)
      throws IOException {
    Path file = folder.resolve("damaged");
    Files.write(file, whole);
    assertTrue(isRead(file, whole.length, "undamaged " + name));
    int refused = 0;
    for (int i = 0; i < CASES; i++) {
      long seed = 1_000_003L * name.hashCode() + i;
      byte[] bytes = damage.apply(new Mutations(seed));
      Files.write(file, bytes);
      String what = name + ", seed " + seed;
      refused +=
          assertTimeoutPreemptively(HANGS, () -> isRead(file, bytes.length, what), what) ? 0 : 1;
    }
    assertTrue(refused > CASES / 10, refused + " of " + CASES + " were noticed");
  }

  /** Whether all of a file can be read; false if it is refused. Anything else fails the test. */
  private static boolean isRead(Path path, long size, String what) {
    long start = THREADS.getCurrentThreadAllocatedBytes();
    long allowed = FREE + FACTOR * size;
    try (TensorFile file = TensorFiles.open(path)) {
      assertAllocated(start, allowed, "opening " + what);
      for (TensorEntry entry : file.entries().values()) {
        assertEquals(entry.bytes(), file.bytes(entry.name()).remaining(), what);
        assertEquals(entry.elements(), file.doubles(entry.name()).length, what);
        // The bytes, up to eight times as much as doubles, and the buffers between.
        allowed += 10 * entry.bytes() + (2 << 20);
      }
      assertAllocated(start, allowed, "reading " + what);
      return true;
    } catch (WeightFileException refused) {
      assertAllocated(start, allowed, "refusing " + what);
      return false;
    } catch (RuntimeException e) {
      throw new AssertionError(what, e);
    }
  }

  private static void assertAllocated(long start, long allowed, String what) {
    long allocated = THREADS.getCurrentThreadAllocatedBytes() - start;
    assertTrue(
        allocated <= allowed,
        () -> "%s allocated %,d bytes, more than %,d".formatted(what, allocated, allowed));
  }
}

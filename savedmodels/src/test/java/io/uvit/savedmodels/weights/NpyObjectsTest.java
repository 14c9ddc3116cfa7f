package io.uvit.savedmodels.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Files of numpy 1 and 2, written by {@code objects/make.py}. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class NpyObjectsTest {
  private static final int MOST = 1 << 20;

  @TempDir Path folder;

  private static Path resource(String name) throws URISyntaxException {
    return Path.of(NpyObjectsTest.class.getResource("objects/" + name).toURI());
  }

  private static List<Path> files(String pattern) throws Exception {
    try (Stream<Path> all = Files.list(resource("make.py").getParent())) {
      return all.filter(f -> f.getFileName().toString().matches(pattern)).sorted().toList();
    }
  }

  static Stream<Path> pairs() throws Exception {
    return files("np[12]-(?!text).*\\.npy").stream();
  }

  private static float[] expected() throws Exception {
    try (NpyFile file = NpyFile.open(resource("expected.npy"))) {
      return file.floats();
    }
  }

  @Test
  void allFixturesAreThere() throws Exception {
    assertEquals(24, pairs().count());
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void momentsAndLabelOfEveryProtocol(Path file) throws Exception {
    List<Object> pair = NpyObjects.read(file, MOST);
    assertEquals(2, pair.size());
    NpyValue moments = assertInstanceOf(NpyValue.class, pair.get(0));
    assertEquals(DataType.F32, moments.type());
    assertEquals(List.of(8L, 2L, 3L), moments.shape());
    assertArrayEquals(expected(), moments.floats());
    if (pair.get(1) instanceof NpyValue label) {
      assertEquals(List.of(), label.shape());
      assertArrayEquals(new long[] {3}, label.longs());
    } else {
      assertEquals(3L, pair.get(1));
    }
  }

  @ParameterizedTest
  @CsvSource({"np1-text.npy", "np2-text.npy"})
  void promptAndContext(String name) throws Exception {
    List<Object> pair = NpyObjects.read(resource(name), MOST);
    assertEquals("a green train", pair.get(0));
    NpyValue context = assertInstanceOf(NpyValue.class, pair.get(1));
    assertEquals(List.of(2L, 3L), context.shape());
    assertArrayEquals(new float[] {0, 1, 2, 3, 4, 5}, context.floats());
  }

  @Test
  void plainArraysAndLargeFilesAreRefused() throws Exception {
    WeightFileException plain =
        assertThrows(
            WeightFileException.class, () -> NpyObjects.read(resource("expected.npy"), MOST));
    assertTrue(plain.getMessage().contains("numpy type '<f4'"), plain.getMessage());
    WeightFileException large =
        assertThrows(
            WeightFileException.class, () -> NpyObjects.read(resource("np1-save.npy"), 100));
    assertTrue(large.getMessage().contains("at most 100"), large.getMessage());
  }

  /** A file of objects with a pickle given as text with \xNN and \n escapes. */
  private Path write(String pickle) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] whole = Files.readAllBytes(resource("np1-save.npy"));
    out.write(whole, 0, 128);
    for (int i = 0; i < pickle.length(); i++) {
      if (pickle.startsWith("\\x", i)) {
        out.write(Integer.parseInt(pickle, i + 2, i + 4, 16));
        i += 3;
      } else if (pickle.startsWith("\\n", i)) {
        out.write('\n');
        i++;
      } else {
        out.write(pickle.charAt(i));
      }
    }
    return Files.write(folder.resolve("pickle.npy"), out.toByteArray());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "cos\\nsystem\\n(X\\x02\\x00\\x00\\x00lstR. | global os.system",
        "ctorch\\nfloat32\\n. | global torch.float32",
        "ccollections\\nOrderedDict\\n)R. | global collections.OrderedDict",
        "cnumpy\\nndarray\\n)R. | a constructor call",
        "cnumpy.core.multiarray\\n_reconstruct\\n(cnumpy\\ndtype\\n)K\\x01tR. | numpy.dtype as the",
        "cnumpy.core.multiarray\\n_reconstruct\\n(cnumpy\\nndarray\\n)K\\x01tR. | an array of objects",
        "cnumpy.core.multiarray\\n_reconstruct\\n(cnumpy\\nndarray\\n)K\\x01tR)b. | another version",
        "cnumpy.core.multiarray\\nscalar\\n(cnumpy\\ndtype\\nX\\x02\\x00\\x00\\x00O8\\x85RC\\x01atR. | scalar of other",
        "K\\x01. | Long",
        "K\\x01.K | 1 bytes after the pickle",
        "}}b. | state for LinkedHashMap",
        "K\\x01Q. | a persistent id here"
      })
  void everythingElseIsRefused(String pickle, String reason) throws Exception {
    Path file = write(pickle.strip());
    WeightFileException error =
        assertThrows(WeightFileException.class, () -> NpyObjects.read(file, MOST));
    assertTrue(error.getMessage().contains(reason), error.getMessage());
  }

  /** One long text turned into bytes again and again would fill the memory. */
  @Test
  void textIsMadeBytesOnce() throws Exception {
    StringBuilder pickle =
        new StringBuilder("(X\\x00\\x10\\x00\\x00" + "a".repeat(4096) + "q\\x00");
    for (int i = 0; i < 4; i++) {
      pickle.append("c_codecs\\nencode\\n(h\\x00X\\x06\\x00\\x00\\x00latin1tR");
    }
    Path file = write(pickle + "l.");
    WeightFileException error =
        assertThrows(WeightFileException.class, () -> NpyObjects.read(file, MOST));
    assertTrue(error.getMessage().contains("more bytes from text"), error.getMessage());
  }

  @Test
  void everyTruncationIsRefused() throws Exception {
    Path cut = folder.resolve("cut.npy");
    for (Path path : files("np[12]-(p[25]|text).*\\.npy")) {
      byte[] whole = Files.readAllBytes(path);
      for (int length = 0; length < whole.length; length++) {
        Files.write(cut, Arrays.copyOf(whole, length));
        int at = length;
        assertThrows(
            WeightFileException.class, () -> NpyObjects.read(cut, MOST), () -> path + " at " + at);
      }
    }
  }

  @Test
  void mutationsGiveValuesOrTheOneException() throws Exception {
    SplittableRandom random = new SplittableRandom(11);
    Path mutated = folder.resolve("mutated.npy");
    int refused = 0;
    for (Path path : files("np[12]-.*\\.npy")) {
      byte[] whole = Files.readAllBytes(path);
      for (int round = 0; round < 150; round++) {
        byte[] bytes = whole.clone();
        for (int change = random.nextInt(1, 4); change > 0; change--) {
          bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        Files.write(mutated, bytes);
        refused += isRefused(mutated) ? 1 : 0;
      }
    }
    assertTrue(refused > 1000, refused + " refused");
  }

  private static boolean isRefused(Path path) {
    try {
      for (Object value : NpyObjects.read(path, MOST)) {
        if (value instanceof NpyValue array) {
          array.floats();
        } else {
          assertTrue(String.valueOf(value).getBytes(StandardCharsets.UTF_8).length < MOST);
        }
      }
      return false;
    } catch (WeightFileException e) {
      return true;
    }
  }
}

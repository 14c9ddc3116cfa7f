package io.uvit.runner.features;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.savedmodels.weights.NpyFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Folders in the official layouts, written with numpy by {@code make.py} beside them. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
public class OfficialFeaturesTest {
  private static final FeatureShape SHAPE = new FeatureShape(2, 3, 8, Posterior.GAUSSIAN);

  @TempDir Path root;

  /** A copy of the fixtures that may be damaged. */
  public static void copyTo(Path root) throws Exception {
    Path from = Path.of(OfficialFeaturesTest.class.getResource("make.py").toURI()).getParent();
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".npy")).toList()) {
        Path to = root.resolve(from.relativize(file).toString());
        Files.createDirectories(to.getParent());
        Files.copy(file, to);
      }
    }
  }

  @BeforeEach
  void copy() throws Exception {
    copyTo(root);
  }

  private static float[] floats(byte[] bytes) {
    float[] values = new float[bytes.length / Float.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
    return values;
  }

  /** Item i of the fixtures, channels last. */
  private float[] expected(int item) {
    try (NpyFile file = NpyFile.open(root.resolve("expected_moments.npy"))) {
      float[] all = file.floats();
      float[] values = new float[48];
      for (int p = 0; p < 6; p++) {
        for (int c = 0; c < 8; c++) {
          values[8 * p + c] = all[48 * item + 6 * c + p];
        }
      }
      return values;
    }
  }

  private static String refusal(Path folder) {
    return assertThrows(FeatureException.class, () -> FeatureSources.open(folder).close())
        .getMessage();
  }

  @Test
  void imageNetLayout() throws Exception {
    try (FeatureSource source = FeatureSources.open(root.resolve("imagenet"))) {
      assertEquals(SHAPE, source.shape());
      assertEquals(12, source.size());
      assertTrue(source.labelled());
      assertEquals(List.of(), source.classNames());
      assertEquals(4, source.label(9));
      byte[] bytes = new byte[SHAPE.bytes()];
      for (int i = 11; i >= 0; i--) {
        source.read(i, bytes);
        assertArrayEquals(expected(i), floats(bytes));
        assertEquals(i % 5, source.label(i));
      }
      assertTrue(source.texts().isEmpty());
      assertTrue(source.storedBytes() > 12L * SHAPE.bytes());
    }
  }

  @Test
  void cocoLayout() throws Exception {
    for (Path folder : List.of(root.resolve("coco"), root.resolve("coco/train"))) {
      try (FeatureSource source = FeatureSources.open(folder)) {
        assertEquals(SHAPE, source.shape());
        assertEquals(4, source.size());
        assertFalse(source.labelled());
        byte[] bytes = new byte[SHAPE.bytes()];
        source.read(3, bytes);
        assertArrayEquals(expected(3), floats(bytes));
        checkTexts(source.texts().orElseThrow());
      }
    }
  }

  private void checkTexts(TextContexts texts) throws Exception {
    assertEquals(5, texts.tokens());
    assertEquals(4, texts.width());
    assertEquals(3, texts.captions(2));
    assertEquals(1, texts.captions(3));
    byte[] bytes = new byte[texts.bytes()];
    texts.read(2, 1, bytes);
    assertArrayEquals(plain("coco/train/2_1.npy"), floats(bytes));
    assertArrayEquals(plain("coco/empty_context.npy"), texts.empty());
    List<TextContexts.Preview> prompts = texts.previews(5);
    assertEquals(2, prompts.size());
    assertEquals("ein grüner Zug", prompts.get(1).prompt());
    assertEquals(20, prompts.get(1).context().length);
    assertEquals(1, texts.previews(1).size());
  }

  private float[] plain(String name) {
    try (NpyFile file = NpyFile.open(root.resolve(name))) {
      return file.floats();
    }
  }

  @Test
  void withoutPromptsPreviewsAreOfTheFirstCaptions() throws Exception {
    Files.delete(root.resolve("coco/run_vis/0.npy"));
    TextContexts texts = FeatureSources.open(root.resolve("coco")).texts().orElseThrow();
    List<TextContexts.Preview> previews = texts.previews(3);
    assertEquals(3, previews.size());
    assertEquals("2_0.npy", previews.get(2).prompt());
    assertArrayEquals(plain("coco/train/2_0.npy"), previews.get(2).context());
  }

  @Test
  void gapsAreNamed() throws Exception {
    Files.delete(root.resolve("imagenet/7.npy"));
    assertTrue(
        refusal(root.resolve("imagenet")).contains("11 files up to 11.npy but no 7.npy"),
        refusal(root.resolve("imagenet")));
    Path train = root.resolve("coco/train");
    Files.delete(train.resolve("2_1.npy"));
    assertTrue(refusal(train).contains("2 captions of item 2"), refusal(train));
    Files.delete(train.resolve("2_0.npy"));
    Files.delete(train.resolve("2_2.npy"));
    assertTrue(refusal(train).contains("0 captions of item 2"), refusal(train));
    Files.copy(train.resolve("1_0.npy"), train.resolve("2_0.npy"));
    Files.copy(train.resolve("1_0.npy"), train.resolve("4_0.npy"));
    assertTrue(refusal(train).contains("captions of item 4 but no 4.npy"), refusal(train));
    Files.delete(train.resolve("4_0.npy"));
    FeatureSources.open(train).close();
    Files.delete(root.resolve("coco/empty_context.npy"));
    assertTrue(refusal(train).contains("empty_context.npy"), refusal(train));
    assertTrue(refusal(root).contains("no features"), refusal(root));
  }

  @Test
  void itemsOfOtherShapesAreNamed() throws Exception {
    Path train = root.resolve("coco/train");
    Files.copy(
        train.resolve("0_0.npy"),
        train.resolve("1.npy"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    try (FeatureSource source = FeatureSources.open(train)) {
      FeatureException e =
          assertThrows(FeatureException.class, () -> source.read(1, new byte[SHAPE.bytes()]));
      assertTrue(e.getMessage().contains("1.npy: found an array of shape [5, 4]"), e.getMessage());
    }
  }

  @Test
  void digestsCoverNamesSizesAndTheEmptyText() throws Exception {
    String before = FeatureSources.open(root.resolve("coco")).digest();
    assertEquals(before, FeatureSources.open(root.resolve("coco/train")).digest());
    Files.copy(
        root.resolve("coco/train/0_0.npy"),
        root.resolve("coco/empty_context.npy"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    assertNotEquals(before, FeatureSources.open(root.resolve("coco")).digest());
  }

  @Test
  void mutationsGiveValuesOrTheOneException() throws Exception {
    SplittableRandom random = new SplittableRandom(5);
    int refused = 0;
    for (String name :
        List.of(
            "imagenet/1.npy",
            "coco/train/1.npy",
            "coco/train/1_0.npy",
            "coco/empty_context.npy",
            "coco/run_vis/1.npy")) {
      Path file = root.resolve(name);
      byte[] whole = Files.readAllBytes(file);
      for (int round = 0; round < 200; round++) {
        byte[] bytes = whole.clone();
        for (int change = random.nextInt(1, 4); change > 0; change--) {
          bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        Files.write(file, bytes);
        refused += isRefused(root.resolve(name.substring(0, name.indexOf('/')))) ? 1 : 0;
      }
      Files.write(file, whole);
    }
    assertTrue(refused > 200, refused + " refused");
  }

  private static boolean isRefused(Path folder) {
    try (FeatureSource source = FeatureSources.open(folder)) {
      source.read(1, new byte[source.shape().bytes()]);
      if (source.labelled()) {
        source.label(1);
      }
      if (source.texts().isPresent()) {
        TextContexts texts = source.texts().get();
        texts.read(1, 0, new byte[texts.bytes()]);
        texts.previews(5);
      }
      return false;
    } catch (FeatureException e) {
      return true;
    }
  }
}

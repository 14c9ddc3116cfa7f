package io.uvit.savedmodels.state;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.ops.parameters.Initializer;
import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.savedmodels.weights.DataType;
import io.uvit.savedmodels.weights.SafetensorsWriter;
import io.uvit.savedmodels.weights.TensorEntry;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TensorFiles;
import io.uvit.savedmodels.weights.TensorWriter;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.ndarray.Shape;

class PositionResizeTest {
  private static final int DIM = 2;
  private static final float[] OTHER = {3, 4, 5};

  @TempDir Path folder;

  /**
   * An embedding resized by PyTorch 1.13: {@code interpolate(x, size, mode="bilinear",
   * align_corners=False)} in float64, rounded to float32.
   *
   * @param extras tokens before the patches
   * @param wanted the values of all tokens
   */
  private record Golden(int extras, PatchGrid source, PatchGrid target, float... wanted) {}

  static Stream<Golden> golden() {
    return Stream.of(
        new Golden(
            1,
            new PatchGrid(2, 2),
            new PatchGrid(3, 3),
            0.64421767f,
            0.909297407f,
            0.814833701f,
            0.668338656f,
            0.985449731f,
            0.427379876f,
            0.753713489f,
            0.32687813f,
            0.706966221f,
            0.0657147616f,
            0.660218954f,
            -0.195448622f,
            0.863209367f,
            -0.255541116f,
            0.599098742f,
            -0.536909103f,
            0.334988147f,
            -0.818277121f),
        new Golden(
            2,
            new PatchGrid(4, 4),
            new PatchGrid(2, 2),
            -0.0013423264f,
            -0.154197738f,
            -0.157561958f,
            -0.0670205802f,
            0.099744983f,
            -0.0934468359f,
            -0.1059044f,
            -0.143458858f),
        new Golden(
            1,
            new PatchGrid(3, 3),
            new PatchGrid(2, 5),
            0.566910267f,
            0.47740376f,
            0.600702763f,
            0.315039754f,
            0.651391506f,
            0.0714937523f,
            0.518264472f,
            -0.192227051f,
            0.429513097f,
            -0.368040919f,
            -0.653092444f,
            -0.266886324f,
            -0.616313756f,
            -0.0862163305f,
            -0.561145782f,
            0.184788674f,
            -0.347628444f,
            0.403648257f,
            -0.205283523f,
            0.549554646f),
        new Golden(
            2,
            new PatchGrid(2, 3),
            new PatchGrid(4, 2),
            0.954889655f,
            0.256649613f,
            0.467043459f,
            -0.677593112f,
            0.595921874f,
            -0.0383899137f,
            0.111599237f,
            -0.567870378f,
            -0.122013614f,
            -0.62846899f,
            -0.599289179f,
            -0.348424882f,
            -0.48098135f,
            -0.923508525f,
            -0.954733431f,
            -0.238702133f));
  }

  /** Element d of token i is sin(0.7 i + 1.3 d). */
  private static float[] embedding(int tokens) {
    float[] values = new float[tokens * DIM];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.sin(0.7 * (i / DIM) + 1.3 * (i % DIM));
    }
    return values;
  }

  private TensorFile file(String prefix, int tokens) {
    Path path = folder.resolve("w.safetensors");
    List<TensorEntry> entries =
        List.of(
            new TensorEntry(prefix + "other", DataType.F32, List.of(3L)),
            new TensorEntry(
                prefix + "pos_embed", DataType.F32, List.of(1L, (long) tokens, (long) DIM)));
    try (TensorWriter writer = SafetensorsWriter.create(path, entries, Map.of())) {
      writer.write(prefix + "other", FloatBuffer.wrap(OTHER));
      writer.write(prefix + "pos_embed", FloatBuffer.wrap(embedding(tokens)));
    }
    return TensorFiles.open(path);
  }

  private static List<ParameterSpec> network(int tokens) {
    Initializer zero = new Initializer.Constant(0);
    return List.of(
        new ParameterSpec("pos_embed", Shape.of(1, tokens, DIM), zero),
        new ParameterSpec("other", Shape.of(3), zero));
  }

  @ParameterizedTest
  @MethodSource("golden")
  void equalsPyTorch(Golden golden) {
    PositionResize resize = new PositionResize(Optional.of(golden.source()), golden.target());
    int before = golden.extras() + golden.source().patches();
    int after = golden.extras() + golden.target().patches();
    for (String prefix : List.of("", "module.")) {
      String name = prefix + "pos_embed";
      try (TensorFile weights = file(prefix, before)) {
        TensorFile resized = resize.apply(weights, network(after));
        assertEquals(2, StateDict.match(network(after), resized).size());
        float[] found = resized.floats(name);
        int kept = golden.extras() * DIM;
        assertArrayEquals(
            Arrays.copyOf(embedding(before), kept), Arrays.copyOf(found, kept), "extra tokens");
        assertArrayEquals(golden.wanted(), Arrays.copyOfRange(found, kept, found.length), 1e-7f);
        FloatBuffer read = FloatBuffer.allocate(found.length);
        resized.read(name, read);
        assertArrayEquals(found, read.array());
        FloatBuffer bytes = resized.bytes(name).asFloatBuffer();
        assertEquals(FloatBuffer.wrap(found), bytes);
        assertEquals(found[1], resized.doubles(name)[1]);
        assertArrayEquals(OTHER, resized.floats(prefix + "other"));
        assertThrows(IllegalArgumentException.class, () -> resized.longs(name));
      }
    }
  }

  @Test
  void whatFitsIsLeftAlone() {
    PositionResize resize = new PositionResize(Optional.empty(), new PatchGrid(3, 3));
    try (TensorFile weights = file("", 11)) {
      assertSame(weights, resize.apply(weights, network(11)));
    }
  }

  @Test
  void aConstantStaysItself() {
    Path path = folder.resolve("c.safetensors");
    float[] values = new float[17 * DIM];
    Arrays.fill(values, 0.1f);
    List<TensorEntry> entries =
        List.of(new TensorEntry("pos_embed", DataType.F32, List.of(1L, 17L, (long) DIM)));
    try (TensorWriter writer = SafetensorsWriter.create(path, entries, Map.of())) {
      writer.write("pos_embed", FloatBuffer.wrap(values));
    }
    try (TensorFile weights = TensorFiles.open(path)) {
      float[] found =
          new PositionResize(Optional.empty(), new PatchGrid(7, 5))
              .apply(weights, network(36))
              .floats("pos_embed");
      assertEquals(36 * DIM, found.length);
      for (float value : found) {
        assertEquals(0.1f, value, 0);
      }
    }
  }

  @Test
  void refusesWhatIsNoGridOfItsKind() {
    try (TensorFile weights = file("", 12)) { // one extra token, 11 patches
      PositionResize square = new PositionResize(Optional.empty(), new PatchGrid(2, 2));
      assertProblem(
          "pos_embed: found shape [1, 12, 2], wanted a square number of patches after 1 extra tokens, or the source grid",
          () -> square.apply(weights, network(5)));
      PositionResize given =
          new PositionResize(Optional.of(new PatchGrid(3, 4)), new PatchGrid(2, 2));
      assertProblem(
          "wanted 13 tokens of the source grid 3x4 and 1 extra tokens",
          () -> given.apply(weights, network(5)));
      assertProblem(
          "(weights of another grid of patches fit with --resize-positions)",
          () -> StateDict.match(network(5), weights));
    }
  }

  private static void assertProblem(String wanted, Runnable action) {
    StateDictException e = assertThrows(StateDictException.class, action::run);
    assertTrue(e.getMessage().contains(wanted), e.getMessage());
  }

  @Test
  void gridsAreWrittenAsHeightTimesWidth() {
    assertEquals(new PatchGrid(16, 8), PatchGrid.parse("16x8"));
    assertEquals("16x8", new PatchGrid(16, 8).toString());
    for (String text : List.of("", "16", "0x4", "4x", "-1x2", "4 x 4", "999999x1")) {
      assertThrows(IllegalArgumentException.class, () -> PatchGrid.parse(text), text);
    }
  }
}

package io.uvit.savedmodels.official;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.ops.parameters.Initializer;
import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.savedmodels.export.TargetExistsException;
import io.uvit.savedmodels.weights.DataType;
import io.uvit.savedmodels.weights.SafetensorsWriter;
import io.uvit.savedmodels.weights.TensorEntry;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TensorFiles;
import io.uvit.savedmodels.weights.TensorWriter;
import io.uvit.savedmodels.weights.TorchWriter;
import io.uvit.savedmodels.weights.WeightFileException;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.ndarray.Shape;

class OfficialFolderTest {
  private static final Initializer ZERO = new Initializer.Constant(0);

  /** An order that is not that of the alphabet. */
  private static final List<ParameterSpec> PARAMETERS =
      List.of(
          new ParameterSpec("b", Shape.of(2, 3), ZERO), new ParameterSpec("a", Shape.of(1), ZERO));

  private static final AdamWGroup GROUP = new AdamWGroup(1e-4, 0.9, 0.99, 1e-8, 0.03);
  private static final ScheduleState SCHEDULE =
      new ScheduleState(2e-4, 1e-4, 7, OptionalLong.empty());

  @TempDir Path temp;

  private TensorFile tensors(int first) {
    Path path = temp.resolve(first + ".safetensors");
    List<TensorEntry> entries =
        List.of( // in yet another order
            new TensorEntry("a", DataType.F32, List.of(1L)),
            new TensorEntry("b", DataType.F32, List.of(2L, 3L)));
    try (TensorWriter writer = SafetensorsWriter.create(path, entries, Map.of())) {
      writer.write("a", FloatBuffer.wrap(new float[] {first}));
      writer.write("b", FloatBuffer.wrap(new float[] {first + 1, 2, 3, 4, 5, 6}));
    }
    return TensorFiles.open(path);
  }

  private Path write(OfficialState state) throws IOException {
    Path folder = temp.resolve("7.ckpt");
    try (state) {
      new OfficialWriter(PARAMETERS, state).write(folder, true);
    }
    return folder;
  }

  private OfficialState state(long updates, ScheduleState schedule) {
    Optional<OfficialState.Moments> moments =
        updates == 0
            ? Optional.empty()
            : Optional.of(new OfficialState.Moments(tensors(30), tensors(40)));
    return new OfficialState(7, updates, GROUP, schedule, tensors(10), tensors(20), moments);
  }

  @Test
  void whatIsWrittenIsRead() throws IOException {
    ScheduleState cosine = new ScheduleState(2e-4, 1e-4, 7, OptionalLong.of(100));
    for (ScheduleState schedule : List.of(SCHEDULE, cosine)) {
      Path folder = write(state(5, schedule));
      try (Stream<Path> files = Files.list(folder)) {
        assertEquals(
            List.of("lr_scheduler.pth", "nnet.pth", "nnet_ema.pth", "optimizer.pth", "step.pth"),
            files.map(f -> f.getFileName().toString()).sorted().toList());
      }
      try (OfficialState found = OfficialReader.open(folder)) {
        assertEquals(7, found.step());
        assertEquals(5, found.updates());
        assertEquals(GROUP, found.group());
        assertEquals(schedule, found.schedule());
        OfficialState.Moments moments = found.moments().orElseThrow();
        assertTensors(10, found.weights());
        assertTensors(20, found.average());
        assertTensors(30, moments.first());
        assertTensors(40, moments.second());
      }
    }
  }

  private static void assertTensors(int first, TensorFile found) {
    assertEquals(List.of("b", "a"), List.copyOf(found.entries().keySet()));
    assertEquals(List.of(2L, 3L), found.shape("b"));
    assertArrayEquals(new float[] {first}, found.floats("a"));
    assertArrayEquals(new float[] {first + 1, 2, 3, 4, 5, 6}, found.floats("b"));
  }

  @Test
  void beforeTheFirstUpdateThereAreNoMoments() throws IOException {
    try (OfficialState found = OfficialReader.open(write(state(0, SCHEDULE)))) {
      assertEquals(0, found.updates());
      assertTrue(found.moments().isEmpty());
      assertEquals(GROUP, found.group());
    }
  }

  @Test
  void anExistingFolderIsReplacedOnDemandOnly() throws IOException {
    Path folder = write(state(5, SCHEDULE));
    assertThrows(TargetExistsException.class, () -> OfficialWriter.checkTarget(folder, false));
    OfficialWriter.checkTarget(folder, true);
    Files.writeString(folder.resolve("notes.txt"), "mine");
    assertThrows(TargetExistsException.class, () -> OfficialWriter.checkTarget(folder, true));
    OfficialWriter.checkTarget(Files.createDirectory(temp.resolve("empty")), false);
    Path file = Files.createFile(temp.resolve("file"));
    assertThrows(TargetExistsException.class, () -> OfficialWriter.checkTarget(file, true));
  }

  @Test
  void filesThatAreAbsentOrContradictEachOtherAreNamed() throws IOException {
    Path folder = write(state(5, SCHEDULE));
    TorchWriter.createTree(folder.resolve("step.pth"), 8L).close();
    assertWrong(folder, "lr_scheduler.pth: last_epoch: found 7, wanted the 8 steps of step.pth");
    TorchWriter.createTree(folder.resolve("step.pth"), "seven").close();
    assertWrong(folder, "step.pth: content: found seven, wanted a number");
    Files.delete(folder.resolve("optimizer.pth"));
    assertWrong(folder, "training folder: found no optimizer.pth");
  }

  @Test
  void otherOptimizersAreRefused() throws IOException {
    assertOptimizer(Map.of("amsgrad", true), 5L, "amsgrad: found True, wanted AdamW");
    assertOptimizer(Map.of("maximize", true), 5L, "maximize: found True");
    assertOptimizer(
        Map.of("decoupled_weight_decay", false), 5L, "wanted AdamW, whose weight decay");
    assertOptimizer(Map.of("betas", List.of(0.9)), 5L, "betas: found 1 items, wanted two");
    assertOptimizer(Map.of("lr", "fast"), 5L, "lr: found fast, wanted a number");
    assertOptimizer(Map.of("params", List.of(0L)), 5L, "found 1 parameters, wanted 2, as many as");
    assertOptimizer(Map.of(), 6L, "state/1/step: found 6 updates of a, wanted 5, as many as of b");
    assertOptimizer(Map.of(), null, "state: found the state of 1 parameters, wanted that of 2");
    assertOptimizer(Map.of("params", List.of(0L, 9L)), 5L, "state: found no entry '9'");
  }

  /** Integers count updates too, as before PyTorch 1.12; groups list indices in any order. */
  @Test
  void olderFilesAreRead() throws IOException {
    Path folder = write(state(5, SCHEDULE));
    optimizer(folder, Map.of("params", List.of(1L, 0L)), 5L);
    try (OfficialState found = OfficialReader.open(folder)) {
      assertEquals(5, found.updates());
      TensorFile first = found.moments().orElseThrow().first();
      assertArrayEquals(new float[] {1}, first.floats("b"));
      assertArrayEquals(new float[] {0}, first.floats("a"));
    }
  }

  private void assertOptimizer(Map<String, Object> changes, Long updates, String wanted)
      throws IOException {
    Path folder = write(state(5, SCHEDULE));
    optimizer(folder, changes, updates);
    assertWrong(folder, wanted);
  }

  /**
   * Writes an optimizer whose moments of index i are the number i.
   *
   * @param changes of the group
   * @param updates of index 1; null: it has no state
   */
  private static void optimizer(Path folder, Map<String, Object> changes, Long updates) {
    Map<String, Object> group = new LinkedHashMap<>();
    group.put("lr", 1e-4);
    group.put("betas", TorchWriter.tuple(0.9, 0.99));
    group.put("eps", 1e-8);
    group.put("weight_decay", 0.03);
    group.put("params", List.of(0L, 1L));
    group.putAll(changes);
    Map<Long, Object> states = new LinkedHashMap<>();
    for (long i = 0; i < (updates == null ? 1 : 2); i++) {
      states.put(
          i,
          Map.of(
              "step", i == 0 ? (Object) 5L : updates,
              "exp_avg", new TensorEntry("m" + i, DataType.F32, List.of(1L)),
              "exp_avg_sq", new TensorEntry("v" + i, DataType.F32, List.of(1L))));
    }
    Map<String, Object> root = Map.of("state", states, "param_groups", List.of(group));
    try (TensorWriter writer = TorchWriter.createTree(folder.resolve("optimizer.pth"), root)) {
      for (String name : Arrays.asList(writer.entries().keySet().toArray(String[]::new))) {
        float index = name.charAt(1) - '0';
        writer.write(name, FloatBuffer.wrap(new float[] {index}));
      }
    }
  }

  private static void assertWrong(Path folder, String wanted) {
    WeightFileException e =
        assertThrows(WeightFileException.class, () -> OfficialReader.open(folder).close());
    assertTrue(e.getMessage().contains(wanted), e.getMessage());
  }
}

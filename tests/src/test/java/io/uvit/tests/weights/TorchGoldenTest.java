package io.uvit.tests.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.savedmodels.weights.DataType;
import io.uvit.savedmodels.weights.NpzFile;
import io.uvit.savedmodels.weights.SafetensorsFile;
import io.uvit.savedmodels.weights.TensorEntry;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TensorFiles;
import io.uvit.savedmodels.weights.TorchFile;
import io.uvit.savedmodels.weights.TorchTensor;
import io.uvit.savedmodels.weights.WeightFileException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TorchGoldenTest {
  private static TensorFile open(String name) {
    return TensorFiles.open(WeightFixtures.file(name));
  }

  private static NpzFile expected() {
    return NpzFile.open(WeightFixtures.file("pth_formats/expected.npz"));
  }

  private static void assertSame(
      TensorFile wanted, String wantedName, TensorFile file, String name) {
    TensorEntry entry = file.entry(name);
    assertEquals(wanted.shape(wantedName), entry.shape(), name);
    assertArrayEquals(wanted.doubles(wantedName), file.doubles(name), name);
    if (wanted.entry(wantedName).type() == entry.type()) {
      assertEquals(wanted.bytes(wantedName), file.bytes(name), name);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"mixed_zip.pth", "mixed_legacy.pth", "mixed_zip_proto4.pth", "mixed.safetensors"})
  void everyTypeAndLayout(String name) {
    try (NpzFile expected = expected();
        TensorFile file = open("pth_formats/" + name)) {
      List<String> names =
          expected.entries().keySet().stream()
              .filter(key -> key.indexOf('/') < 0 && !key.startsWith("bare_"))
              .toList();
      assertEquals(names.size(), file.entries().size());
      for (String key : names) {
        assertSame(expected, key, file, key);
      }
      assertEquals(DataType.BF16, file.entry("bf16").type());
      assertEquals(List.of(2L, 3L, 4L, 4L), file.shape("conv_nhwc"));
      assertEquals(DataType.BOOL, file.entry("bool").type());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"nested_zip.pth", "nested_legacy.pth"})
  void nestedObjectsBecomePlainJava(String name) {
    try (NpzFile expected = expected();
        TorchFile file = assertInstanceOf(TorchFile.class, open("pth_formats/" + name))) {
      assertEquals(Set.of("state_dict/w", "state_dict/b"), file.entries().keySet());
      assertSame(expected, "nested/w", file, "state_dict/w");
      assertSame(expected, "nested/b", file.under("state_dict/"), "b");
      Map<?, ?> root = assertInstanceOf(Map.class, file.root());
      assertTrue(root.containsValue(null));
      assertTrue(root.containsValue(DataType.F16));
      assertTrue(root.values().stream().anyMatch(value -> value instanceof Set<?>));
      assertTrue(root.values().stream().anyMatch(value -> value instanceof byte[]));
      assertTrue(root.values().stream().anyMatch(value -> value instanceof Double));
      Map<?, ?> inner = assertInstanceOf(Map.class, root.get("state_dict"));
      TorchTensor tensor = assertInstanceOf(TorchTensor.class, inner.get("w"));
      assertArrayEquals(file.floats("state_dict/w"), tensor.floats());
    }
  }

  @Test
  void moduleStateDict() {
    try (NpzFile expected = expected();
        TensorFile file = open("pth_formats/sequential.pth")) {
      for (String name : file.entries().keySet()) {
        assertSame(expected, "sequential/" + name, file, name);
      }
      assertEquals(expected.under("sequential/").entries().keySet(), file.entries().keySet());
      assertEquals(1, file.longs("1.num_batches_tracked").length);
    }
  }

  @Test
  void bareValues() {
    try (TorchFile tensor = (TorchFile) open("pth_formats/bare_tensor.pth");
        TorchFile number = (TorchFile) open("pth_formats/bare_int.pth")) {
      assertEquals(Set.of(TensorFile.SOLE_NAME), tensor.entries().keySet());
      assertEquals(9, tensor.floats(TensorFile.SOLE_NAME).length);
      assertEquals(123L, number.root());
      assertTrue(number.entries().isEmpty());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "bad_header.safetensors, at most 100000000",
    "bad_size.safetensors, 16 bytes for F32",
    "bad_truncated.pth, end record",
    "bad_truncated.safetensors, as the header says",
    "bad_unknown_global.pth, __builtin__.print"
  })
  void damagedAndHostileFilesAreRefused(String name, String reason) {
    WeightFileException error =
        assertThrows(WeightFileException.class, () -> open("pth_formats/" + name));
    assertTrue(error.getMessage().contains(reason), error.getMessage());
    assertTrue(error.getMessage().contains(name), error.getMessage());
  }

  @Test
  void allFormatsOfOneNetworkAgree() {
    try (TensorFile zip = open("uvit_uncond/weights.pth");
        TensorFile legacy = open("uvit_uncond/weights_legacy.pth");
        TensorFile safetensors = open("uvit_uncond/weights.safetensors");
        TensorFile half = open("uvit_uncond/weights_bf16.safetensors")) {
      assertEquals(zip.entries().keySet(), half.entries().keySet());
      assertEquals(zip.entries(), legacy.entries());
      assertEquals(zip.entries(), safetensors.entries());
      for (String name : zip.entries().keySet()) {
        assertEquals(zip.bytes(name), legacy.bytes(name), name);
        assertEquals(zip.bytes(name), safetensors.bytes(name), name);
        float[] exact = zip.floats(name);
        float[] rounded = half.floats(name);
        for (int i = 0; i < exact.length; i++) {
          assertEquals(exact[i], rounded[i], Math.abs(exact[i]) * 0x1p-8f, name);
        }
      }
    }
  }

  @Test
  void officialCheckpointFolder() {
    try (TorchFile step = (TorchFile) open("train_uncond/ckpt/step.pth");
        TorchFile scheduler = (TorchFile) open("train_uncond/ckpt/lr_scheduler.pth");
        TensorFile network = open("train_uncond/ckpt/nnet.pth");
        TensorFile ema = open("train_uncond/ckpt/nnet_ema.pth");
        TorchFile optimizer = (TorchFile) open("train_uncond/ckpt/optimizer.pth");
        NpzFile reference = NpzFile.open(WeightFixtures.file("train_uncond/final_f64.npz"))) {
      assertEquals(20L, step.root());
      Map<?, ?> schedule = (Map<?, ?>) scheduler.root();
      assertEquals(20L, schedule.get("last_epoch"));
      assertEquals(List.of(0.002), schedule.get("_last_lr"));
      assertEquals(network.entries(), ema.entries());
      int index = 0;
      for (TensorEntry entry : network.entries().values()) {
        assertEquals(entry.shape(), optimizer.shape("state/" + index + "/exp_avg"));
        assertEquals(entry.shape(), optimizer.shape("state/" + index + "/exp_avg_sq"));
        assertArrayEquals(new float[] {20}, optimizer.floats("state/" + index + "/step"));
        double[] exact = reference.doubles("ema/" + entry.name());
        float[] values = ema.floats(entry.name());
        for (int i = 0; i < exact.length; i++) {
          assertEquals(exact[i], values[i], 2e-3, entry.name());
        }
        index++;
      }
      List<?> groups = (List<?>) ((Map<?, ?>) optimizer.root()).get("param_groups");
      Map<?, ?> group = (Map<?, ?>) groups.get(0);
      assertEquals(List.of(0.99, 0.999), group.get("betas"));
      assertEquals(index, ((List<?>) group.get("params")).size());
      assertNull(group.get("absent"));
    }
  }

  @Test
  void safetensorsMetadata() {
    try (SafetensorsFile file = (SafetensorsFile) open("pth_formats/mixed.safetensors")) {
      assertEquals(Map.of("format", "pt", "note", "\u00e9"), file.metadata());
    }
  }
}

package io.uvit.tests.weights;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TensorFiles;
import io.uvit.savedmodels.weights.WeightFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class FixtureCorruptionTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nested_legacy.pth",
        "mixed_legacy.pth",
        "nested_zip.pth",
        "mixed.safetensors",
        "f16.npy"
      })
  void everyTruncationIsRefused(String name) throws IOException {
    byte[] whole = Files.readAllBytes(WeightFixtures.file("pth_formats/" + name));
    Path cut = folder.resolve("cut");
    for (int length = 0; length < whole.length; length++) {
      Files.write(cut, Arrays.copyOf(whole, length));
      int at = length;
      assertThrows(WeightFileException.class, () -> TensorFiles.open(cut), () -> name + " " + at);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mixed_legacy.pth",
        "mixed_zip_proto4.pth",
        "nested_legacy.pth",
        "nested_zip.pth",
        "sequential.pth",
        "expected_compressed.npz",
        "fortran_order.npy"
      })
  void mutationsGiveValuesOrTheOneException(String name) throws IOException {
    byte[] whole = Files.readAllBytes(WeightFixtures.file("pth_formats/" + name));
    SplittableRandom random = new SplittableRandom(name.hashCode());
    Path mutated = folder.resolve("mutated");
    int refused = 0;
    for (int round = 0; round < 300; round++) {
      byte[] bytes = whole.clone();
      for (int change = random.nextInt(1, 4); change > 0; change--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      Files.write(mutated, bytes);
      try (TensorFile file = TensorFiles.open(mutated)) {
        for (String tensor : file.entries().keySet()) {
          file.bytes(tensor);
          file.doubles(tensor);
        }
      } catch (WeightFileException expected) {
        // A refusal is one of the two right outcomes; anything else fails the test.
        refused++;
      }
    }
    assertTrue(refused > 0, "no mutation was noticed");
  }
}

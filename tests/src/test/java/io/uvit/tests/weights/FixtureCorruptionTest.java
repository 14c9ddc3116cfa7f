package io.uvit.tests.weights;

import static org.junit.jupiter.api.Assertions.assertThrows;

import io.uvit.savedmodels.weights.TensorFiles;
import io.uvit.savedmodels.weights.WeightFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of PyTorch and numpy cut off anywhere; other damage is that of {@link WeightFuzzTest}. */
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
}

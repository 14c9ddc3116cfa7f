package io.uvit.savedmodels.weights;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class CorruptionTest {
  @TempDir Path folder;

  @Test
  void everyTruncationIsRefused() throws IOException {
    Path cut = folder.resolve("cut");
    for (Path path : Samples.writeAll(folder)) {
      byte[] whole = Files.readAllBytes(path);
      for (int length = 0; length < whole.length; length++) {
        Files.write(cut, Arrays.copyOf(whole, length));
        int at = length;
        assertThrows(
            WeightFileException.class, () -> TensorFiles.open(cut), () -> path + " at " + at);
      }
    }
  }

  @Test
  void mutationsGiveValuesOrTheOneException() throws IOException {
    SplittableRandom random = new SplittableRandom(7);
    Path mutated = folder.resolve("mutated");
    int refused = 0;
    for (Path path : Samples.writeAll(folder)) {
      byte[] whole = Files.readAllBytes(path);
      for (int round = 0; round < 400; round++) {
        byte[] bytes = whole.clone();
        for (int change = random.nextInt(1, 4); change > 0; change--) {
          bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        Files.write(mutated, bytes);
        refused += isRefused(mutated) ? 1 : 0;
      }
    }
    assertTrue(refused > 300, refused + " refused");
  }

  private static boolean isRefused(Path path) {
    try (TensorFile file = TensorFiles.open(path)) {
      for (String name : file.entries().keySet()) {
        file.bytes(name);
        file.doubles(name);
      }
      return false;
    } catch (WeightFileException e) {
      return true;
    }
  }
}

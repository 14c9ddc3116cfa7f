package io.uvit.savedmodels.weights;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Files of every writer cut off anywhere; other damage is tested in module tests. */
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
}

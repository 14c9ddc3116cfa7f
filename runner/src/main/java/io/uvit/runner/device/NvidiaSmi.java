package io.uvit.runner.device;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The tool that comes with NVIDIA's driver. */
final class NvidiaSmi {
  private static final List<String> COMMAND =
      List.of(
          "nvidia-smi",
          "--query-gpu=name,memory.total,compute_cap,driver_version",
          "--format=csv,noheader,nounits");
  private static final int SECONDS = 10;

  private NvidiaSmi() {}

  /**
   * A line a card: name, MiB, compute capability, driver version. None if the tool does not tell.
   */
  static List<String> query() {
    try {
      Path answer = Files.createTempFile("uvit-cards", ".csv");
      try {
        Process process =
            new ProcessBuilder(COMMAND)
                .redirectOutput(answer.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
          process.destroyForcibly();
          return List.of();
        }
        return process.exitValue() == 0
            ? Files.readAllLines(answer, StandardCharsets.UTF_8)
            : List.of();
      } finally {
        Files.deleteIfExists(answer);
      }
    } catch (IOException e) {
      return List.of(); // not installed: names are in /proc, the rest stays unknown
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of();
    }
  }
}

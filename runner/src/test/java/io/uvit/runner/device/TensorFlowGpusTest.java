package io.uvit.runner.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class TensorFlowGpusTest {
  @Test
  void theirSessionsTakeMemoryAsTheProcessDoes() {
    assertTrue(TensorFlowGpus.options(true).getGpuOptions().getAllowGrowth());
    assertFalse(TensorFlowGpus.options(false).getGpuOptions().getAllowGrowth());
  }

  @Test
  void thereAreNoneWithoutADevice() {
    Assumptions.assumeFalse(
        Files.exists(Path.of("/dev/nvidia0")), "skipped: this machine has a GPU");
    assertEquals(List.of(), TensorFlowGpus.registered(true));
  }
}

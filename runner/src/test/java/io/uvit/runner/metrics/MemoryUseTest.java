package io.uvit.runner.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryUseTest {
  @TempDir Path folder;

  @Test
  void linesOfTheKernelAreRead() throws IOException {
    Path status = folder.resolve("status");
    Files.writeString(status, "Name:\tjava\nVmHWM:\t  204800 kB\nVmRSS:\t  102400 kB\n");
    assertEquals(
        new MemoryUse(100L << 20, 200L << 20, MemoryUse.Source.PROCESS), MemoryUse.read(status));
  }

  @Test
  void withoutThemTheHeapIsMeasuredAndSaidSo() throws IOException {
    Path status = folder.resolve("status");
    assertEquals(MemoryUse.Source.JAVA_HEAP, MemoryUse.read(status).source());
    Files.writeString(status, "VmRSS:\t lots\n");
    assertEquals(MemoryUse.Source.JAVA_HEAP, MemoryUse.read(status).source());
  }

  @Test
  void thisProcessUsesMemory() {
    MemoryUse now = MemoryUse.now();
    assertTrue(now.resident() > 1 << 20 && now.peakResident() >= now.resident(), now.toString());
  }
}

package io.uvit.savedmodels.natives;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On machines that are folders. */
class XlaPartsTest {
  @TempDir Path root;

  private Path file(String path) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, "");
  }

  private boolean onCpu(String flags) {
    return XlaParts.find(root, Map.of(XlaParts.TF_FLAGS, flags)).onCpu();
  }

  @Test
  void aBareMachineHasNothing() {
    assertEquals(
        new XlaParts(false, Optional.empty(), Optional.empty()), XlaParts.find(root, Map.of()));
  }

  @Test
  void theCpuNeedsItsFlag() throws IOException {
    assertTrue(onCpu("--tf_xla_cpu_global_jit"));
    assertTrue(onCpu("  --a=b --tf_xla_cpu_global_jit=true"));
    assertFalse(onCpu("--tf_xla_cpu_global_jit --tf_xla_cpu_global_jit=false"));
    assertFalse(onCpu("--tf_xla_cpu_global_jit_more"));
    assertFalse(onCpu(""));
    Path flags = Files.writeString(root.resolve("flags"), "--a=b\n--tf_xla_cpu_global_jit\n");
    assertTrue(onCpu(flags.toString()), "a variable that names a file");
    assertFalse(onCpu(root.resolve("absent").toString()));
  }

  @Test
  void theToolkitIsLookedForWhereXlaLooks() throws IOException {
    Path ptxas = file("usr/local/cuda/bin/ptxas");
    Path libdevice = file("usr/local/cuda/nvvm/libdevice/libdevice.10.bc");
    XlaParts usual = XlaParts.find(root, Map.of());
    assertEquals(Optional.of(ptxas), usual.ptxas());
    assertEquals(Optional.of(libdevice), usual.libdevice());

    Path other = file("opt/cuda-12.4/nvvm/libdevice/libdevice.10.bc");
    Map<String, String> named =
        Map.of(XlaParts.FLAGS, "--x=y --xla_gpu_cuda_data_dir=/opt/cuda-12.4");
    assertEquals(Optional.of(other), XlaParts.find(root, named).libdevice());
    assertEquals(Optional.of(ptxas), XlaParts.find(root, named).ptxas());

    Files.delete(ptxas);
    Path onPath = file("usr/bin/ptxas");
    Map<String, String> path = Map.of("PATH", "relative:/bin:/usr/bin");
    assertEquals(Optional.of(onPath), XlaParts.find(root, path).ptxas());
  }
}

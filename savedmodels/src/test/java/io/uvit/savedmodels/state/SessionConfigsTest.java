package io.uvit.savedmodels.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.ConfigException;
import io.uvit.config.v1.Device;
import io.uvit.config.v1.Precision;
import io.uvit.config.v1.Runtime;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class SessionConfigsTest {
  private static String refusal(Runtime.Builder runtime) {
    return assertThrows(ConfigException.class, () -> SessionConfigs.of(runtime.build()))
        .getMessage();
  }

  @Test
  void aGpuThatIsNotThereIsAnErrorNotACpu() {
    Assumptions.assumeFalse(
        Files.exists(Path.of("/dev/nvidia0")), "skipped: this machine has a GPU");
    assertTrue(
        refusal(Runtime.newBuilder().setDevice(Device.GPU))
            .contains("runtime.device: TensorFlow can use no GPU here, found GPU"));
  }

  @Test
  void aPrecisionThatIsNotBuiltIsRefused() {
    assertTrue(refusal(Runtime.newBuilder().setPrecision(Precision.FLOAT16)).contains("FLOAT16"));
  }

  @Test
  void threadsAndTheCpuAreSet() {
    var config =
        SessionConfigs.of(
            Runtime.newBuilder()
                .setDevice(Device.CPU)
                .setIntraOpThreads(3)
                .setInterOpThreads(2)
                .build());
    assertEquals(3, config.getIntraOpParallelismThreads());
    assertEquals(2, config.getInterOpParallelismThreads());
    assertEquals(0, config.getDeviceCountOrThrow("GPU"));
  }
}

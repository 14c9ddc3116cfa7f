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
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.tensorflow.proto.RewriterConfig.Toggle;

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
  void aSavedModelIsNotComputedInFloat16WithoutAGpu() {
    Runtime.Builder runtime = Runtime.newBuilder().setPrecision(Precision.FLOAT16);
    ConfigException refused =
        assertThrows(
            ConfigException.class,
            () -> SessionConfigs.ofSavedModel(runtime.setDevice(Device.CPU).build()));
    assertTrue(refused.getMessage().contains("runtime.precision"), refused.getMessage());
    assertTrue(refused.getMessage().contains("found FLOAT16 on a CPU"), refused.getMessage());
    Assumptions.assumeFalse(
        Files.exists(Path.of("/dev/nvidia0")), "skipped: this machine has a GPU");
    refused =
        assertThrows(
            ConfigException.class,
            () -> SessionConfigs.ofSavedModel(runtime.setDevice(Device.AUTO).build()));
    assertTrue(refused.getMessage().contains("found FLOAT16 without a GPU"), refused.getMessage());
  }

  @Test
  void float32GraphsAreRewrittenToTheNarrowTypes() {
    for (Precision precision : List.of(Precision.FLOAT32, Precision.BFLOAT16, Precision.FLOAT16)) {
      var options =
          SessionConfigs.rewriting(Runtime.newBuilder().setPrecision(precision).build())
              .getGraphOptions()
              .getRewriteOptions();
      assertEquals(
          precision == Precision.BFLOAT16 ? Toggle.ON : Toggle.DEFAULT,
          options.getAutoMixedPrecisionOnednnBfloat16());
      assertEquals(
          precision == Precision.FLOAT16 ? Toggle.ON : Toggle.DEFAULT,
          options.getAutoMixedPrecision());
    }
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

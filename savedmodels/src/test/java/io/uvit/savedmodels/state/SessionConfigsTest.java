package io.uvit.savedmodels.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.ConfigException;
import io.uvit.config.v1.Device;
import io.uvit.config.v1.Precision;
import io.uvit.config.v1.Runtime;
import io.uvit.savedmodels.natives.XlaParts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.tensorflow.proto.ConfigProto;
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
  void runsBesideOthersHaveThreadsOfTheirOwn() {
    Runtime runtime = Runtime.newBuilder().setDevice(Device.CPU).setInterOpThreads(3).build();
    ConfigProto config = SessionConfigs.withSidePool(runtime);
    assertEquals(
        List.of(3, 3),
        config.getSessionInterOpThreadPoolList().stream().map(p -> p.getNumThreads()).toList());
    assertEquals(1, SessionConfigs.besideOthers().getInterOpThreadPool());
    assertEquals(
        SessionConfigs.of(runtime), config.toBuilder().clearSessionInterOpThreadPool().build());
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
  void memoryGrowthIsInEverySessionTheProbesIncluded() {
    Runtime.Builder runtime = Runtime.newBuilder().setDevice(Device.CPU);
    assertFalse(SessionConfigs.of(runtime.build()).hasGpuOptions());
    assertFalse(GpuProbe.options(runtime.build()).hasGpuOptions());
    Runtime growing = runtime.setGpuMemoryGrowth(true).build();
    assertTrue(SessionConfigs.of(growing).getGpuOptions().getAllowGrowth());
    assertTrue(SessionConfigs.rewriting(growing).getGpuOptions().getAllowGrowth());
    assertTrue(SessionConfigs.ofSavedModel(growing).getGpuOptions().getAllowGrowth());
    assertTrue(GpuProbe.options(growing).getGpuOptions().getAllowGrowth());
  }

  /** The processes of these tests are started without flags for XLA. */
  @Test
  void xlaThatWouldCompileNothingIsRefused() {
    String refused = refusal(Runtime.newBuilder().setDevice(Device.CPU).setXla(true));
    assertTrue(refused.contains("runtime.xla: XLA compiles nothing for the CPU"), refused);
    assertTrue(refused.contains("found no --tf_xla_cpu_global_jit in the environment"), refused);
  }

  @Test
  void xlaOnAGpuNeedsPartsOfAToolkit() {
    Optional<Path> file = Optional.of(Path.of("/usr/local/cuda/bin/ptxas"));
    ConfigException refused =
        assertThrows(
            ConfigException.class,
            () -> SessionConfigs.requireXla(true, new XlaParts(false, file, Optional.empty())));
    assertTrue(
        refused
            .getMessage()
            .contains("found ptxas: /usr/local/cuda/bin/ptxas, libdevice.10.bc: none"),
        refused.getMessage());
    SessionConfigs.requireXla(true, new XlaParts(false, file, file));
    SessionConfigs.requireXla(false, new XlaParts(true, Optional.empty(), Optional.empty()));
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

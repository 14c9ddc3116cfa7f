package io.uvit.runner.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.ConfigException;
import io.uvit.config.v1.Device;
import io.uvit.runner.device.Shortfall.Kind;
import io.uvit.savedmodels.natives.CudaLibraryException;
import io.uvit.savedmodels.natives.NativeBuild;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reports of machines that are folders. */
class DeviceInspectorTest {
  private static final RegisteredGpu GOOD = new RegisteredGpu("GPU:0", Optional.empty());

  @TempDir Path root;
  private FakeMachine machine;

  @BeforeEach
  void make() {
    machine = new FakeMachine(root);
  }

  private static List<Kind> kinds(DeviceReport report) {
    return report.shortfalls().stream().map(Shortfall::kind).toList();
  }

  private static Shortfall only(DeviceReport report) {
    assertEquals(1, report.shortfalls().size(), report.shortfalls().toString());
    return report.shortfalls().get(0);
  }

  private static void assertSays(String text, String... parts) {
    for (String part : parts) {
      assertTrue(text.contains(part), "'" + part + "' is not in: " + text);
    }
  }

  @Test
  void allWellUpToTensorFlow() {
    DeviceReport report =
        machine.device().driverLibrary().gpuNatives().redistribution().tensorFlow(GOOD).report();
    assertEquals(List.of(), report.shortfalls());
    assertEquals(Optional.of(GOOD), report.usableGpu());
    assertEquals(NativeBuild.GPU, report.build());
    assertEquals(List.of("nvidia0", "nvidiactl"), report.driver().nodes());
    assertEquals(Optional.of("560.35.03"), report.driver().version());
    assertEquals(
        "NVIDIA H100 80GB HBM3, 81559 MiB, compute capability 9.0",
        report.driver().cards().get(0).toString());
    assertEquals(7, report.libraries().size());
    assertInstanceOf(LibraryState.Bundled.class, report.libraries().get(CudaLibrary.CUDNN));
    assertEquals(
        new LibraryState.Opens(root.resolve("usr/lib/x86_64-linux-gnu/libcuda.so.1")),
        report.libraries().get(CudaLibrary.DRIVER));
  }

  @Test
  void aBareMachineWithTheDefaultBuild() {
    DeviceReport report = machine.cpuNatives().report();
    assertEquals(List.of(Kind.TENSORFLOW_LIBRARY, Kind.DEVICE), kinds(report));
    assertEquals(
        new TensorFlowAnswer.NotAsked("TensorFlow's library is the build without GPU support"),
        report.tensorFlow());
    assertEquals(new Cpu(Optional.empty(), 8, false, false, false), report.cpu());
    assertSays(report.shortfalls().get(1).wanted(), "driver 560", "docker run --gpus all");
  }

  @Test
  void theDeviceWithoutTheDriversLibrary() {
    DeviceReport report = machine.device().gpuNatives().redistribution().tensorFlow().report();
    Shortfall shortfall = only(report);
    assertEquals(Kind.DRIVER_LIBRARY, shortfall.kind());
    assertEquals(
        "an NVIDIA device, but libcuda.so.1 is not on the loader's path", shortfall.found());
    assertSays(shortfall.wanted(), "libcuda1", "NVIDIA_DRIVER_CAPABILITIES=compute,utility");
  }

  @Test
  void withoutTheGpuBuildTensorFlowIsNotAsked() {
    Shortfall shortfall = only(machine.device().driverLibrary().cpuNatives().report());
    assertEquals(Kind.TENSORFLOW_LIBRARY, shortfall.kind());
    assertSays(shortfall.wanted(), "UVIT_MAVEN_PROFILES=gpu", "gpu-system");
    machine.gpuNatives();
    assertEquals(NativeBuild.BOTH, machine.tensorFlow().report().build());
  }

  @Test
  void withoutTheRedistributionTheLoadersPathIsSearched() {
    machine
        .device()
        .driverLibrary()
        .gpuNatives()
        .tensorFlow()
        .file("opt/cuda/lib64/libcudart.so.12", "")
        .file("opt/cuda/lib64/libcusparse.so.12", "")
        .broken("libcusparse.so.12")
        .environment("LD_LIBRARY_PATH", "relative::/nowhere:/opt/cuda/lib64")
        .file("usr/local/cublas/libcublas.so.12", "")
        .loaderCache(
            Map.of("libcublas.so.12", "/usr/local/cublas/libcublas.so.12"), "libcufft.so.11");
    DeviceReport report = machine.report();
    Shortfall shortfall = only(report);
    assertEquals(Kind.CUDA_LIBRARIES, shortfall.kind());
    assertSays(
        shortfall.found(),
        "libcudnn.so.9 is not on the loader's path",
        "libcufft.so.11 is not",
        "libcusolver.so.11 is not",
        "libcusparse.so.12 does not open (libnvJitLink.so.12: cannot open");
    assertFalse(shortfall.found().contains("libcudart"), shortfall.found());
    assertFalse(shortfall.found().contains("libcublas"), shortfall.found());
    assertSays(shortfall.wanted(), "cuDNN 9.3", "UVIT_MAVEN_PROFILES=gpu", "LD_LIBRARY_PATH");
    assertEquals(3, machine.openedFiles.size(), machine.openedFiles.toString());
  }

  @Test
  void aBundledLibraryThatDoesNotOpenIsNamed() {
    DeviceReport report =
        machine
            .device()
            .driverLibrary()
            .gpuNatives()
            .redistribution()
            .bundled(
                () -> {
                  throw new CudaLibraryException("libcudnn.so.9", "half of it", "all of it", null);
                })
            .report();
    Shortfall shortfall = only(report);
    assertEquals(Kind.BUNDLED_LIBRARY, shortfall.kind());
    assertSays(shortfall.found(), "libcudnn.so.9");
    assertInstanceOf(TensorFlowAnswer.NotAsked.class, report.tensorFlow());
  }

  @Test
  void driversAndCardsThatDoNotServe() {
    machine.device().driverLibrary().gpuNatives().redistribution().tensorFlow();
    machine.file(
        "proc/driver/nvidia/version",
        "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.183.01  Sun May 12 19:39:15 UTC 2024\n");
    Shortfall old = only(machine.report());
    assertEquals(Kind.DRIVER_VERSION, old.kind());
    assertEquals("NVIDIA's driver 535.183.01", old.found());
    assertSays(old.wanted(), "545 can do for compute capability 9.0");
    machine.cards("NVIDIA A100-SXM4-40GB, 40960, 8.0, 535.183.01");
    assertEquals(List.of(Kind.REGISTRATION), kinds(machine.report()));
    machine.cards("NVIDIA GeForce RTX 5090, 32607, 12.0, 570.86.10");
    machine.tensorFlow(new RegisteredGpu("GPU:0", Optional.of("Failed to load in-memory CUBIN")));
    DeviceReport blackwell = machine.report();
    assertEquals(List.of(Kind.CARD, Kind.COMPUTATION), kinds(blackwell));
    assertSays(blackwell.shortfalls().get(0).wanted(), "6.0 to 9.0");
    assertEquals(Optional.empty(), blackwell.usableGpu());
  }

  @Test
  void hiddenGpus() {
    machine.device().driverLibrary().gpuNatives().redistribution().tensorFlow();
    assertSays(only(machine.report()).wanted(), "TF_CPP_MIN_LOG_LEVEL=0");
    machine.environment("CUDA_VISIBLE_DEVICES", "-1");
    assertSays(only(machine.report()).found(), "CUDA_VISIBLE_DEVICES='-1'");
  }

  @Test
  void tensorFlowThatDoesNotStart() {
    machine.device().driverLibrary().gpuNatives().redistribution();
    machine.tensorFlow(
        () -> {
          throw new UnsatisfiedLinkError("libtensorflow_cc.so.2: file too short");
        });
    Shortfall shortfall = only(machine.report());
    assertEquals(Kind.TENSORFLOW_START, shortfall.kind());
    assertSays(shortfall.found(), "file too short");
  }

  @Test
  void otherPlatformsHaveNoGpuBuild() {
    Shortfall shortfall = only(machine.platform("macosx-arm64").report());
    assertEquals(Kind.PLATFORM, shortfall.kind());
    assertEquals("the platform macosx-arm64", shortfall.found());
  }

  @Test
  void cardsWithoutTheDriversTool() {
    machine.device().cpuNatives().cards();
    machine.file(
        "proc/driver/nvidia/gpus/0000:01:00.0/information",
        "Model: \t\t NVIDIA GeForce GTX 1080\nIRQ:   \t\t 16\n");
    assertEquals("NVIDIA GeForce GTX 1080", machine.report().driver().cards().get(0).toString());
  }

  @Test
  void processorFlags() {
    machine.file(
        "proc/cpuinfo",
        "processor\t: 0\nmodel name\t: Xeon\nflags\t\t: fpu avx512f avx512_bf16 amx_bf16 amx_tile\n\n"
            + "processor\t: 1\nmodel name\t: Xeon\nflags\t\t: fpu\n");
    assertEquals(new Cpu(Optional.of("Xeon"), 8, true, true, true), machine.report().cpu());
  }

  @Test
  void aDamagedLoaderCacheIsNone() {
    machine.cpuNatives().file("etc/ld.so.cache", "glibc-ld.so.cache1.1\377\377\377");
    assertInstanceOf(
        LibraryState.Absent.class, machine.report().libraries().get(CudaLibrary.RUNTIME));
    machine.file("etc/ld.so.cache", "glibc-ld.so.cache1.1\1\0\0\0" + "\3".repeat(80));
    assertInstanceOf(
        LibraryState.Absent.class, machine.report().libraries().get(CudaLibrary.RUNTIME));
  }

  @Test
  void theGpuThatIsAskedForAndLacksSomethingIsAnErrorWithEverythingItLacks() {
    machine.cpuNatives();
    String message =
        assertThrows(
                ConfigException.class,
                () -> DeviceChoice.of(Device.GPU, "--device", machine.inspector()))
            .getMessage();
    assertSays(
        message,
        "no GPU can be used here",
        "2 problems",
        "--device: GPU cannot be used, found TensorFlow's library without GPU support",
        "wanted a build with the Maven profile gpu: UVIT_MAVEN_PROFILES=gpu",
        "found no NVIDIA device");
  }

  @Test
  void choices() {
    machine.cpuNatives();
    assertEquals(
        new DeviceChoice(
            Device.AUTO, "device: CPU (TensorFlow's library is the build without GPU support)"),
        DeviceChoice.of(Device.AUTO, "runtime.device", machine.inspector()));
    assertEquals(
        Device.CPU, DeviceChoice.of(Device.CPU, "runtime.device", machine.inspector()).device());
    FakeMachine good =
        new FakeMachine(root.resolve("good"))
            .device()
            .driverLibrary()
            .gpuNatives()
            .redistribution()
            .tensorFlow(GOOD);
    assertEquals(
        new DeviceChoice(
            Device.AUTO,
            "device: GPU:0 (NVIDIA H100 80GB HBM3, 81559 MiB, compute capability 9.0)"),
        DeviceChoice.of(Device.AUTO, "runtime.device", good.inspector()));
    assertEquals(
        Device.GPU, DeviceChoice.of(Device.GPU, "runtime.device", good.inspector()).device());
    good.tensorFlow(new RegisteredGpu("GPU:0", Optional.of("CUDA_ERROR_INVALID_PTX")));
    DeviceChoice failing = DeviceChoice.of(Device.AUTO, "runtime.device", good.inspector());
    assertEquals(Device.CPU, failing.device());
    assertSays(failing.text(), "CUDA_ERROR_INVALID_PTX", "uvit devices");
  }
}

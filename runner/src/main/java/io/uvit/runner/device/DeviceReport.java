package io.uvit.runner.device;

import io.uvit.savedmodels.natives.NativeBuild;
import io.uvit.savedmodels.natives.XlaParts;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What there is to compute on, and what a GPU lacks.
 *
 * @param platform as JavaCPP names it, such as {@code linux-x86_64}
 * @param cpu the processor
 * @param driver NVIDIA's
 * @param visibleDevices the value of {@code CUDA_VISIBLE_DEVICES}; empty if it is not set
 * @param build TensorFlow's library on the class path
 * @param cudaOnClassPath whether CUDA's libraries are on the class path
 * @param libraries what TensorFlow must be able to open, all of them
 * @param xla what XLA needs beside TensorFlow's library
 * @param tensorFlow what TensorFlow says
 * @param shortfalls in the order in which they are best dealt with
 */
public record DeviceReport(
    String platform,
    Cpu cpu,
    NvidiaDriver driver,
    Optional<String> visibleDevices,
    NativeBuild build,
    boolean cudaOnClassPath,
    Map<CudaLibrary, LibraryState> libraries,
    XlaParts xla,
    TensorFlowAnswer tensorFlow,
    List<Shortfall> shortfalls) {

  public DeviceReport {
    libraries = Collections.unmodifiableMap(new EnumMap<>(libraries));
    shortfalls = List.copyOf(shortfalls);
  }

  /** The first GPU, which TensorFlow places a network on, if it computes; empty if it does not. */
  public Optional<RegisteredGpu> usableGpu() {
    return tensorFlow.gpus().stream().findFirst().filter(RegisteredGpu::usable);
  }

  /** Whether XLA could compile for a GPU of this machine, if it had what it needs. */
  public boolean mayCompileForGpu() {
    return !driver.nodes().isEmpty() && build == NativeBuild.GPU;
  }

  DeviceReport with(List<Shortfall> other) {
    return new DeviceReport(
        platform,
        cpu,
        driver,
        visibleDevices,
        build,
        cudaOnClassPath,
        libraries,
        xla,
        tensorFlow,
        other);
  }
}

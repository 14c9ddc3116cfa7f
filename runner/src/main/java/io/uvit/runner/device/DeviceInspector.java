package io.uvit.runner.device;

import io.uvit.savedmodels.natives.CudaLibraryException;
import io.uvit.savedmodels.natives.NativeBuild;
import io.uvit.savedmodels.natives.NvidiaNodes;
import io.uvit.savedmodels.natives.XlaParts;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Finds out what there is to compute on. Files are read first; then the libraries of CUDA are
 * opened as TensorFlow would; TensorFlow itself is started last, and only where it may have a GPU.
 */
public final class DeviceInspector {
  private final DeviceSources sources;

  DeviceInspector(DeviceSources sources) {
    this.sources = Objects.requireNonNull(sources, "sources");
  }

  /**
   * Of this machine and this program.
   *
   * @param memoryGrowth whether this process takes a GPU's memory as it is needed; what the first
   *     session of a process says of it holds for all, and an inspection may make the first
   */
  public static DeviceInspector ofThisProcess(boolean memoryGrowth) {
    return new DeviceInspector(DeviceSources.ofThisProcess(memoryGrowth));
  }

  /** Everything. Libraries that were opened stay open. Throws for nothing that it finds. */
  public DeviceReport inspect() {
    NativeBuild build = sources.natives().tensorFlow();
    NvidiaDriver driver = NvidiaDriver.read(sources.root(), sources.cards());
    Optional<String> bundledFailure = openBundled();
    Map<CudaLibrary, LibraryState> libraries = libraries();
    DeviceReport report =
        new DeviceReport(
            sources.natives().platform(),
            Cpu.read(sources.root(), sources.processors()),
            driver,
            Optional.ofNullable(sources.environment().get("CUDA_VISIBLE_DEVICES")),
            build,
            sources.natives().hasCuda(),
            libraries,
            XlaParts.find(sources.root(), sources.environment()),
            ask(build, driver, bundledFailure),
            List.of());
    return report.with(Shortfalls.of(report, bundledFailure));
  }

  /**
   * Why TensorFlow cannot have a GPU, as far as class path and device files tell; nothing is opened
   * or started.
   *
   * @return empty if it may have one
   */
  Optional<String> plainObstacle() {
    return obstacle(sources.natives().tensorFlow(), NvidiaNodes.anyIn(sources.root()));
  }

  private static Optional<String> obstacle(NativeBuild build, boolean device) {
    return switch (build) {
      case NONE -> Optional.of("TensorFlow's library is not on the class path");
      case CPU -> Optional.of("TensorFlow's library is the build without GPU support");
      case GPU, BOTH -> device ? Optional.empty() : Optional.of("there is no NVIDIA device");
    };
  }

  /** What went wrong in opening CUDA's libraries on the class path. */
  private Optional<String> openBundled() {
    try {
      sources.bundledCuda().run();
      return Optional.empty();
    } catch (CudaLibraryException e) {
      return Optional.of(e.getMessage());
    }
  }

  private Map<CudaLibrary, LibraryState> libraries() {
    LoaderPath path = new LoaderPath(sources.root(), sources.environment());
    boolean bundled = sources.natives().hasCuda();
    Map<CudaLibrary, LibraryState> states = new EnumMap<>(CudaLibrary.class);
    for (CudaLibrary library : CudaLibrary.values()) {
      states.put(
          library,
          bundled && library != CudaLibrary.DRIVER
              ? new LibraryState.Bundled()
              : path.find(library.fileName())
                  .map(this::opened)
                  .orElseGet(LibraryState.Absent::new));
    }
    return states;
  }

  private LibraryState opened(Path file) {
    try {
      sources.opener().accept(file);
      return new LibraryState.Opens(file);
    } catch (UnsatisfiedLinkError e) {
      return new LibraryState.Refused(file, String.valueOf(e.getMessage()));
    }
  }

  private TensorFlowAnswer ask(
      NativeBuild build, NvidiaDriver driver, Optional<String> bundledFailure) {
    Optional<String> obstacle =
        obstacle(build, !driver.nodes().isEmpty())
            .or(() -> bundledFailure.map(failure -> "CUDA on the class path does not open"));
    if (obstacle.isPresent()) {
      return new TensorFlowAnswer.NotAsked(obstacle.get());
    }
    try {
      return new TensorFlowAnswer.Registered(sources.tensorFlow().get());
    } catch (LinkageError e) {
      return new TensorFlowAnswer.Failed(String.valueOf(e.getMessage()));
    }
  }
}

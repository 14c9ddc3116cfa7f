package io.uvit.runner.device;

import io.uvit.runner.device.Shortfall.Kind;
import io.uvit.savedmodels.natives.NativeBuild;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a report's facts mean for a GPU: one shortfall a cause, the first to be dealt with first.
 */
final class Shortfalls {
  private static final String PLATFORM = "linux-x86_64";

  /** The first release that runs CUDA 12, and the first that compiles the code for Hopper. */
  private static final int OLDEST_DRIVER = 525;

  private static final int OLDEST_DRIVER_FOR_HOPPER = 545;
  private static final String DRIVER = "NVIDIA's driver 560 or newer";
  private static final String PROFILE =
      "a build with the Maven profile gpu: UVIT_MAVEN_PROFILES=gpu";

  private final DeviceReport report;
  private final Optional<String> bundledFailure;
  private final List<Shortfall> found = new ArrayList<>();

  private Shortfalls(DeviceReport report, Optional<String> bundledFailure) {
    this.report = report;
    this.bundledFailure = bundledFailure;
  }

  /**
   * @param report without shortfalls
   * @param bundledFailure what went wrong in opening CUDA's libraries on the class path
   */
  static List<Shortfall> of(DeviceReport report, Optional<String> bundledFailure) {
    Shortfalls shortfalls = new Shortfalls(report, bundledFailure);
    if (!report.platform().equals(PLATFORM)) {
      shortfalls.add(
          Kind.PLATFORM,
          "the platform " + report.platform(),
          PLATFORM + ": TensorFlow Java has no GPU build for others");
    } else if (report.usableGpu().isEmpty()) {
      shortfalls.addAll();
    }
    return shortfalls.found;
  }

  private void addAll() {
    addBuild();
    if (report.driver().nodes().isEmpty()) {
      add(
          Kind.DEVICE,
          "no NVIDIA device (no /dev/nvidiactl, /dev/nvidia0 or /dev/dxg)",
          DRIVER
              + " and its kernel module loaded (nvidia-smi lists the cards), or a container started"
              + " with its GPUs (docker run --gpus all)");
    } else {
      addDriver();
      addCards();
    }
    addLibraries();
    addTensorFlow();
  }

  private void addBuild() {
    if (report.build() == NativeBuild.CPU) {
      add(
          Kind.TENSORFLOW_LIBRARY,
          "TensorFlow's library without GPU support on the class path",
          PROFILE + ", or gpu-system on a machine with CUDA 12 and cuDNN 9.3 or newer");
    } else if (report.build() == NativeBuild.NONE) {
      add(Kind.TENSORFLOW_LIBRARY, "no library of TensorFlow on the class path", PROFILE);
    } else if (report.build() == NativeBuild.BOTH) {
      add(
          Kind.TENSORFLOW_LIBRARY,
          "two libraries of TensorFlow on the class path, with and without GPU support",
          "tensorflow-core-native with the classifier linux-x86_64-gpu alone");
    }
  }

  private void addDriver() {
    LibraryState state = report.libraries().get(CudaLibrary.DRIVER);
    if (!state.available()) {
      add(
          Kind.DRIVER_LIBRARY,
          "an NVIDIA device, but " + describe(CudaLibrary.DRIVER, state),
          "the driver's library for programs, of the same version as its kernel module: package"
              + " libcuda1 of Debian, libnvidia-compute-RELEASE of Ubuntu; in a container"
              + " NVIDIA_DRIVER_CAPABILITIES=compute,utility; under WSL /usr/lib/wsl/lib in"
              + " LD_LIBRARY_PATH");
    }
    boolean hopper =
        report.driver().cards().stream()
            .flatMap(card -> card.capability().stream())
            .anyMatch(ComputeCapability.NEWEST::equals);
    int oldest = hopper ? OLDEST_DRIVER_FOR_HOPPER : OLDEST_DRIVER;
    report
        .driver()
        .release()
        .filter(release -> release < oldest)
        .ifPresent(
            release ->
                add(
                    Kind.DRIVER_VERSION,
                    "NVIDIA's driver " + report.driver().version().orElseThrow(),
                    DRIVER
                        + "; "
                        + oldest
                        + " can do"
                        + (hopper ? " for compute capability 9.0" : " for cards before Hopper")));
  }

  private void addCards() {
    for (Card card : report.driver().cards()) {
      card.capability()
          .filter(capability -> !capability.supported())
          .ifPresent(
              capability ->
                  add(
                      Kind.CARD,
                      "%s of compute capability %s".formatted(card.name(), capability),
                      "a card of %s to %s, which is what TensorFlow's library has code for; or the CPU"
                          .formatted(ComputeCapability.OLDEST, ComputeCapability.NEWEST)));
    }
  }

  private void addLibraries() {
    bundledFailure.ifPresent(
        failure ->
            add(
                Kind.BUNDLED_LIBRARY,
                "CUDA on the class path that does not open: " + failure,
                "what is said there"));
    // The profile that brings the GPU build brings these too: nothing to tell of before that.
    if (report.build() != NativeBuild.GPU) {
      return;
    }
    List<CudaLibrary> missing =
        Stream.of(CudaLibrary.values())
            .filter(library -> library != CudaLibrary.DRIVER)
            .filter(library -> !report.libraries().get(library).available())
            .toList();
    if (!missing.isEmpty()) {
      add(
          Kind.CUDA_LIBRARIES,
          missing.stream()
              .map(library -> describe(library, report.libraries().get(library)))
              .collect(Collectors.joining("; ")),
          missing.stream().map(CudaLibrary::product).distinct().collect(Collectors.joining(" and "))
              + ": "
              + PROFILE
              + " brings both; or their folders in LD_LIBRARY_PATH, such as nvidia/*/lib of"
              + " pip install \"tensorflow[and-cuda]==2.18.0\"");
    }
  }

  private void addTensorFlow() {
    TensorFlowAnswer answer = report.tensorFlow();
    if (answer instanceof TensorFlowAnswer.Failed failed) {
      add(
          Kind.TENSORFLOW_START,
          "TensorFlow does not start: " + failed.reason(),
          "its library whole and of this platform; a fresh copy is made where ~/.javacpp/cache is"
              + " deleted");
    } else if (answer instanceof TensorFlowAnswer.Registered registered) {
      registered.gpus().stream()
          .filter(gpu -> !gpu.usable())
          .forEach(
              gpu ->
                  add(
                      Kind.COMPUTATION,
                      gpu.device() + " that does not compute: " + gpu.failure().orElseThrow(),
                      "a card of compute capability %s to %s with free memory; CUDA_VISIBLE_DEVICES=N chooses another one"
                          .formatted(ComputeCapability.OLDEST, ComputeCapability.NEWEST)));
      if (registered.gpus().isEmpty() && found.isEmpty()) {
        addRegistration();
      }
    }
  }

  private void addRegistration() {
    add(
        Kind.REGISTRATION,
        "no GPU registered by TensorFlow"
            + report
                .visibleDevices()
                .map(value -> " under CUDA_VISIBLE_DEVICES='" + value + "'")
                .orElse(""),
        report
            .visibleDevices()
            .map(
                value ->
                    "CUDA_VISIBLE_DEVICES unset, or the number of a card that nvidia-smi lists")
            .orElse(
                "TensorFlow's reason dealt with, which TF_CPP_MIN_LOG_LEVEL=0 ./uvit devices prints"));
  }

  private static String describe(CudaLibrary library, LibraryState state) {
    if (state instanceof LibraryState.Refused refused) {
      return "%s does not open (%s)".formatted(refused.file(), refused.reason());
    }
    return state instanceof LibraryState.Absent
        ? library.fileName() + " is not on the loader's path"
        : library.fileName() + " opens";
  }

  private void add(Kind kind, String what, String wanted) {
    found.add(new Shortfall(kind, what, wanted));
  }
}

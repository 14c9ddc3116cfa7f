package io.uvit.runner.device;

import io.uvit.savedmodels.natives.ClassPathNatives;
import io.uvit.savedmodels.natives.CudaLibraries;
import io.uvit.savedmodels.natives.CudaLibraryException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Where the facts of a report come from.
 *
 * @param root of the file system: of {@code /dev}, {@code /proc}, {@code /etc} and the libraries
 * @param environment of the process
 * @param processors hardware threads that the process may use
 * @param natives the native libraries on the class path
 * @param cards what the driver's tool says, as {@link NvidiaSmi} asks it; no lines if it is not
 *     there
 * @param opener opens a library by its file; throws {@link UnsatisfiedLinkError} if it cannot
 * @param bundledCuda opens CUDA's libraries on the class path where they are of use; throws {@link
 *     CudaLibraryException} if it cannot
 * @param tensorFlow the GPUs that TensorFlow registers; throws {@link LinkageError} if it does not
 *     start
 */
record DeviceSources(
    Path root,
    Map<String, String> environment,
    int processors,
    ClassPathNatives natives,
    Supplier<List<String>> cards,
    Consumer<Path> opener,
    Runnable bundledCuda,
    Supplier<List<RegisteredGpu>> tensorFlow) {

  /**
   * This machine, this class path, this process.
   *
   * @param memoryGrowth whether the process takes a GPU's memory as it is needed
   */
  static DeviceSources ofThisProcess(boolean memoryGrowth) {
    return new DeviceSources(
        Path.of("/"),
        System.getenv(),
        Runtime.getRuntime().availableProcessors(),
        ClassPathNatives.ofThisProgram(),
        NvidiaSmi::query,
        file -> System.load(file.toAbsolutePath().toString()),
        CudaLibraries::open,
        // A lambda, so that the class that imports TensorFlow is loaded when it is asked.
        () -> TensorFlowGpus.registered(memoryGrowth));
  }
}

package io.uvit.savedmodels.natives;

import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.bytedeco.javacpp.Loader;

/**
 * Opens the libraries of CUDA and cuDNN that the Maven profile {@code gpu} puts on the class path.
 *
 * <p>TensorFlow opens them by name while it is loaded itself and when it first looks for GPUs; the
 * system's loader does not search jars. A library that is open already under that very name is
 * found, so they are unpacked into JavaCPP's cache and opened here, each after those it needs,
 * before the first class of TensorFlow is initialised. Later is too late: without {@code
 * libcudart.so.12} at load, TensorFlow registers no GPU for the rest of the process.
 *
 * <p>The command line and {@code UViTPipeline} do this by themselves. A program that uses
 * TensorFlow before them calls {@link #open} first.
 */
public final class CudaLibraries {

  /** Every library after the ones it needs. TensorFlow asks for some, cuDNN for the rest. */
  private static final List<String> IN_ORDER =
      List.of(
          "libcudart.so.12",
          "libcublasLt.so.12",
          "libcublas.so.12",
          "libcufft.so.11",
          "libnvJitLink.so.12",
          "libcusparse.so.12",
          "libcusolver.so.11",
          "libnvrtc-builtins.so.12.6",
          "libnvrtc.so.12",
          "libcudnn_graph.so.9",
          "libcudnn_ops.so.9",
          "libcudnn_engines_precompiled.so.9",
          "libcudnn_engines_runtime_compiled.so.9",
          "libcudnn_heuristic.so.9",
          "libcudnn_adv.so.9",
          "libcudnn_cnn.so.9",
          "libcudnn.so.9");

  // Guarded by the class.
  private static boolean opened;

  private final ClassPathNatives natives;
  private final Path root;
  private final Unpacker unpacker;
  private final Consumer<Path> opener;

  /** Brings a resource to where the system's loader can open it. */
  @FunctionalInterface
  interface Unpacker {
    Path unpack(URL resource) throws IOException;
  }

  CudaLibraries(ClassPathNatives natives, Path root, Unpacker unpacker, Consumer<Path> opener) {
    this.natives = natives;
    this.root = root;
    this.unpacker = unpacker;
    this.opener = opener;
  }

  /**
   * Opens them, once in a process, where they are of use: there is an NVIDIA device, and the class
   * path has both TensorFlow with GPU support and the libraries. Elsewhere does nothing. The first
   * time on a machine 2.5 GB are unpacked into {@code ~/.javacpp/cache}, which takes half a minute;
   * the system property {@code org.bytedeco.javacpp.cachedir} names another folder. Safe for
   * threads.
   *
   * @return whether they are open
   * @throws CudaLibraryException if one is missing, cannot be unpacked or cannot be opened
   */
  public static synchronized boolean open() {
    if (!opened) {
      opened =
          new CudaLibraries(
                  ClassPathNatives.ofThisProgram(),
                  Path.of("/"),
                  CudaLibraries::unpack,
                  file -> System.load(file.toString()))
              .openAll();
    }
    return opened;
  }

  /** As {@link #open}, each time anew. */
  boolean openAll() {
    if (natives.tensorFlow() != NativeBuild.GPU || !natives.hasCuda() || !NvidiaNodes.anyIn(root)) {
      return false;
    }
    IN_ORDER.forEach(this::open);
    return true;
  }

  private void open(String library) {
    URL resource =
        natives
            .cuda(library)
            .orElseThrow(
                () ->
                    new CudaLibraryException(
                        library,
                        "CUDA on the class path without it",
                        "org.bytedeco:cuda:12.6-9.5-1.5.11:linux-x86_64-redist, which the Maven"
                            + " profile gpu brings, or the profile gpu-system with CUDA 12 on the"
                            + " loader's path",
                        null));
    try {
      opener.accept(unpacker.unpack(resource));
    } catch (IOException e) {
      throw new CudaLibraryException(
          library,
          "it on the class path, but it could not be unpacked (" + e.getMessage() + ")",
          "a writable folder with 4 GB free for JavaCPP's cache; -Dorg.bytedeco.javacpp.cachedir"
              + "=DIR names one (UVIT_JAVA_OPTS of the launcher)",
          e);
    } catch (UnsatisfiedLinkError e) {
      throw new CudaLibraryException(
          library,
          "it on the class path, but it could not be opened (" + e.getMessage() + ")",
          "a whole copy, which is made anew where ~/.javacpp/cache is deleted, or a build with the"
              + " Maven profile gpu-system and CUDA 12 on the loader's path",
          e);
    }
  }

  private static Path unpack(URL resource) throws IOException {
    File file = Loader.cacheResource(resource);
    if (file == null) {
      throw new IOException("JavaCPP cached nothing");
    }
    return file.toPath().toAbsolutePath();
  }
}

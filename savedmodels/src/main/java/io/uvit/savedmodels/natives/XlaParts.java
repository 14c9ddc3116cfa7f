package io.uvit.savedmodels.natives;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What XLA needs beside TensorFlow's library, which has the compiler itself. On a CPU it compiles
 * only in processes that were started with {@code --tf_xla_cpu_global_jit} in the environment
 * variable {@code TF_XLA_FLAGS}. On a GPU it starts {@code ptxas} and reads {@code
 * libdevice.10.bc}, both of a CUDA toolkit; no artifact of the Maven repository has them, and
 * without {@code ptxas} it ends the process.
 *
 * <p>TensorFlow reads the flags once, from the environment as it was when the process began: a Java
 * program cannot set them for itself.
 *
 * @param onCpu whether this process may compile for the CPU
 * @param ptxas the program; empty if it is not found
 * @param libdevice the file; empty if it is not found
 */
public record XlaParts(boolean onCpu, Optional<Path> ptxas, Optional<Path> libdevice) {
  /** The environment variable of TensorFlow's part of XLA. */
  public static final String TF_FLAGS = "TF_XLA_FLAGS";

  /** The environment variable of XLA itself. */
  public static final String FLAGS = "XLA_FLAGS";

  /** The flag in {@link #TF_FLAGS} without which nothing is compiled for a CPU. */
  public static final String CPU_FLAG = "tf_xla_cpu_global_jit";

  /** The flag in {@link #FLAGS} that names the folder of a CUDA toolkit. */
  public static final String TOOLKIT_FLAG = "xla_gpu_cuda_data_dir";

  private static final String DEFAULT_TOOLKIT = "/usr/local/cuda";

  /** Of this machine and this process. */
  public static XlaParts ofThisProcess() {
    return find(Path.of("/"), System.getenv());
  }

  /**
   * Looks where XLA does.
   *
   * @param root of the file system
   * @param environment of the process
   */
  public static XlaParts find(Path root, Map<String, String> environment) {
    List<String> toolkits = new ArrayList<>();
    value(environment, FLAGS, TOOLKIT_FLAG).ifPresent(toolkits::add);
    toolkits.add(DEFAULT_TOOLKIT);
    Stream<String> onPath = Stream.of(environment.getOrDefault("PATH", "").split(":", -1));
    return new XlaParts(
        value(environment, TF_FLAGS, CPU_FLAG).filter(text -> !isFalse(text)).isPresent(),
        first(root, Stream.concat(toolkits.stream().map(t -> t + "/bin"), onPath), "ptxas"),
        first(root, toolkits.stream().map(t -> t + "/nvvm/libdevice"), "libdevice.10.bc"));
  }

  private static boolean isFalse(String text) {
    return text.equals("false") || text.equals("0");
  }

  private static Optional<Path> first(Path root, Stream<String> folders, String name) {
    return folders
        .filter(folder -> folder.startsWith("/"))
        .map(folder -> root.resolve(folder.substring(1)).resolve(name))
        .filter(Files::isRegularFile)
        .findFirst();
  }

  /** The last value of a flag; a flag without value is {@code true}. */
  private static Optional<String> value(
      Map<String, String> environment, String variable, String flag) {
    String text = environment.getOrDefault(variable, "").strip();
    if (!text.isEmpty() && text.charAt(0) != '-') {
      text = content(Path.of(text)); // the variable may name a file
    }
    Optional<String> found = Optional.empty();
    for (String word : text.split("\\s+")) {
      String[] parts = word.replaceFirst("^--?", "").split("=", 2);
      if (parts[0].equals(flag)) {
        found = Optional.of(parts.length == 2 ? parts[1] : "true");
      }
    }
    return found;
  }

  private static String content(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return ""; // TensorFlow itself ends the process over it, and says so
    }
  }
}

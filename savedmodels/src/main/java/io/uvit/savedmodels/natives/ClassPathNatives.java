package io.uvit.savedmodels.natives;

import java.net.URL;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.bytedeco.javacpp.Loader;

/**
 * The native libraries on the class path, by the folders that their jars have them in. Nothing is
 * unpacked and no library is opened by asking.
 *
 * @param platform as JavaCPP names it, such as {@code linux-x86_64}
 * @param resources where the class path has a resource, by its name without a leading slash; empty
 *     where it has none
 */
public record ClassPathNatives(String platform, Function<String, Optional<URL>> resources) {
  private static final String TENSORFLOW = "org/tensorflow/internal/c_api/%s%s/%s";
  private static final String CUDA = "org/bytedeco/cuda/%s/%s";

  public ClassPathNatives {
    Objects.requireNonNull(platform, "platform");
    Objects.requireNonNull(resources, "resources");
  }

  /** Those of this program on this machine. */
  public static ClassPathNatives ofThisProgram() {
    ClassLoader loader = ClassPathNatives.class.getClassLoader();
    return new ClassPathNatives(
        Loader.getPlatform(), name -> Optional.ofNullable(loader.getResource(name)));
  }

  /** Which builds of TensorFlow's library there are. */
  public NativeBuild tensorFlow() {
    boolean cpu = hasTensorFlow("");
    boolean gpu = hasTensorFlow("-gpu");
    if (cpu && gpu) {
      return NativeBuild.BOTH;
    }
    return gpu ? NativeBuild.GPU : cpu ? NativeBuild.CPU : NativeBuild.NONE;
  }

  /** Whether CUDA's libraries are there, as the Maven profile {@code gpu} brings them. */
  public boolean hasCuda() {
    return cuda("libcudart.so.12").isPresent();
  }

  /** Where a library of CUDA is. */
  Optional<URL> cuda(String library) {
    return resources.apply(CUDA.formatted(platform, library));
  }

  private boolean hasTensorFlow(String extension) {
    // The name of TensorFlow's library differs between systems, that of the licence does not.
    return resources.apply(TENSORFLOW.formatted(platform, extension, "LICENSE")).isPresent()
        || resources
            .apply(TENSORFLOW.formatted(platform, extension, "libtensorflow_cc.so.2"))
            .isPresent();
  }
}

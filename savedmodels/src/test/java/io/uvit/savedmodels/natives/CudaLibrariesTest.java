package io.uvit.savedmodels.natives;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Opening CUDA from the class path, with a class path and an opener of our own. */
class CudaLibrariesTest {
  private static final String GPU_BUILD =
      "org/tensorflow/internal/c_api/linux-x86_64-gpu/libtensorflow_cc.so.2";

  @TempDir Path root;
  private final Set<String> absent = new HashSet<>();
  private final List<String> opened = new ArrayList<>();
  private CudaLibraries.Unpacker unpacker = resource -> Path.of(resource.getPath());

  @BeforeEach
  void plugIn() throws IOException {
    Files.createDirectories(root.resolve("dev"));
    Files.createFile(root.resolve("dev/nvidiactl"));
  }

  private Optional<URL> resource(String name) {
    boolean cpuBuild = name.startsWith("org/tensorflow/internal/c_api/linux-x86_64/");
    if (cpuBuild
        || absent.contains(name)
        || absent.contains(Path.of(name).getFileName().toString())) {
      return Optional.empty();
    }
    try {
      return Optional.of(new URL("file:/" + name));
    } catch (MalformedURLException e) {
      throw new AssertionError(e);
    }
  }

  private boolean open() {
    return new CudaLibraries(
            new ClassPathNatives("linux-x86_64", this::resource),
            root,
            unpacker,
            file -> {
              if (absent.contains("opening " + file.getFileName())) {
                throw new UnsatisfiedLinkError(file + ": file too short");
              }
              opened.add(file.getFileName().toString());
            })
        .openAll();
  }

  @Test
  void librariesAreOpenedAfterThoseTheyNeed() {
    assertTrue(open());
    assertEquals(17, opened.size());
    assertEquals("libcudart.so.12", opened.get(0));
    assertEquals("libcudnn.so.9", opened.get(16));
    for (String[] pair :
        new String[][] {
          {"libcublasLt.so.12", "libcublas.so.12"},
          {"libcublas.so.12", "libcusolver.so.11"},
          {"libcusparse.so.12", "libcusolver.so.11"},
          {"libnvJitLink.so.12", "libcusparse.so.12"},
          {"libnvrtc-builtins.so.12.6", "libnvrtc.so.12"},
          {"libcudnn_graph.so.9", "libcudnn_ops.so.9"},
          {"libcudnn_ops.so.9", "libcudnn_cnn.so.9"}
        }) {
      assertTrue(opened.indexOf(pair[0]) < opened.indexOf(pair[1]), pair[0] + " before " + pair[1]);
    }
  }

  @Test
  void nothingIsOpenedWhereItIsOfNoUse() throws IOException {
    absent.add("libcudart.so.12");
    assertFalse(open(), "no CUDA");
    absent.clear();
    absent.add(GPU_BUILD);
    absent.add("org/tensorflow/internal/c_api/linux-x86_64-gpu/LICENSE");
    assertFalse(open(), "no GPU build");
    absent.clear();
    Files.delete(root.resolve("dev/nvidiactl"));
    assertFalse(open(), "no device");
    assertEquals(List.of(), opened);
  }

  @Test
  void failuresNameTheLibraryAndWhatToDo() {
    absent.add("libnvJitLink.so.12");
    String missing = assertThrows(CudaLibraryException.class, this::open).getMessage();
    assertTrue(missing.startsWith("libnvJitLink.so.12: found CUDA on the class path without it"));
    assertTrue(missing.contains("org.bytedeco:cuda:12.6-9.5-1.5.11:linux-x86_64-redist"), missing);

    absent.clear();
    absent.add("opening libcudnn_ops.so.9");
    CudaLibraryException broken = assertThrows(CudaLibraryException.class, this::open);
    assertEquals("libcudnn_ops.so.9", broken.library());
    assertTrue(broken.getMessage().contains("file too short"), broken.getMessage());
    assertTrue(broken.getMessage().contains("~/.javacpp/cache"), broken.getMessage());

    unpacker =
        resource -> {
          throw new IOException("No space left on device");
        };
    String full = assertThrows(CudaLibraryException.class, this::open).getMessage();
    assertTrue(full.contains("No space left on device"), full);
    assertTrue(full.contains("org.bytedeco.javacpp.cachedir"), full);
  }

  @Test
  void thisProgramIsTestedWithOneLibraryOfTensorFlow() {
    NativeBuild build = ClassPathNatives.ofThisProgram().tensorFlow();
    assertTrue(build == NativeBuild.CPU || build == NativeBuild.GPU, build.toString());
  }
}

package io.uvit.runner.device;

import io.uvit.savedmodels.natives.ClassPathNatives;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * A machine in a folder: devices, driver, libraries, and what the class path and TensorFlow say.
 */
public final class FakeMachine {
  static final String H100 = "NVIDIA H100 80GB HBM3, 81559, 9.0, 560.35.03";

  private final Path root;
  private final Map<String, String> environment = new HashMap<>();
  private final Set<String> resources = new HashSet<>();
  private final Set<String> broken = new HashSet<>();
  final List<Path> openedFiles = new ArrayList<>();
  private String platform = "linux-x86_64";
  private List<String> cards = List.of();
  private Runnable bundled = () -> {};
  private Supplier<List<RegisteredGpu>> tensorFlow =
      () -> {
        throw new AssertionError("TensorFlow was asked");
      };

  public FakeMachine(Path root) {
    this.root = root;
  }

  public FakeMachine file(String path, String text) {
    try {
      Path file = root.resolve(path);
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
      return this;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** One card with its device files, and its driver without the library for programs. */
  public FakeMachine device() {
    cards = List.of(H100);
    return file("dev/nvidiactl", "")
        .file("dev/nvidia0", "")
        .file("dev/nvidia-uvm", "")
        .file(
            "proc/driver/nvidia/version",
            "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  560.35.03  Release Build\n"
                + "GCC version:  gcc version 12.2.0 (Debian 12.2.0-14)\n");
  }

  FakeMachine cards(String... lines) {
    cards = List.of(lines);
    return this;
  }

  public FakeMachine driverLibrary() {
    return file("usr/lib/x86_64-linux-gnu/libcuda.so.1", "");
  }

  public FakeMachine cpuNatives() {
    resources.add("org/tensorflow/internal/c_api/linux-x86_64/LICENSE");
    return this;
  }

  public FakeMachine gpuNatives() {
    resources.add("org/tensorflow/internal/c_api/linux-x86_64-gpu/libtensorflow_cc.so.2");
    return this;
  }

  public FakeMachine redistribution() {
    resources.add("org/bytedeco/cuda/linux-x86_64/libcudart.so.12");
    return this;
  }

  FakeMachine bundled(Runnable opening) {
    bundled = opening;
    return this;
  }

  FakeMachine environment(String name, String value) {
    environment.put(name, value);
    return this;
  }

  FakeMachine broken(String library) {
    broken.add(library);
    return this;
  }

  FakeMachine platform(String name) {
    platform = name;
    return this;
  }

  public FakeMachine tensorFlow(RegisteredGpu... gpus) {
    tensorFlow = () -> List.of(gpus);
    return this;
  }

  FakeMachine tensorFlow(Supplier<List<RegisteredGpu>> answer) {
    tensorFlow = answer;
    return this;
  }

  /** A cache of the loader with these libraries, one of them for another architecture. */
  FakeMachine loaderCache(Map<String, String> paths, String foreign) {
    ByteArrayOutputStream texts = new ByteArrayOutputStream();
    List<int[]> entries = new ArrayList<>();
    int first = 48 + 24 * (paths.size() + 1);
    paths.forEach((name, path) -> entries.add(entry(0x0303, name, path, first, texts)));
    entries.add(0, entry(0x0003, foreign, "/usr/lib32/" + foreign, first, texts));
    ByteBuffer cache = ByteBuffer.allocate(first + texts.size()).order(ByteOrder.LITTLE_ENDIAN);
    cache.put("glibc-ld.so.cache1.1".getBytes(StandardCharsets.US_ASCII)).putInt(entries.size());
    cache.position(48);
    for (int[] entry : entries) {
      cache.putInt(entry[0]).putInt(entry[1]).putInt(entry[2]).putInt(0).putLong(0);
    }
    cache.put(texts.toByteArray());
    try {
      Files.createDirectories(root.resolve("etc"));
      Files.write(root.resolve("etc/ld.so.cache"), cache.array());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return this;
  }

  private static int[] entry(
      int flags, String name, String path, int first, ByteArrayOutputStream texts) {
    int nameAt = first + texts.size();
    texts.writeBytes((name + "\0").getBytes(StandardCharsets.UTF_8));
    int pathAt = first + texts.size();
    texts.writeBytes((path + "\0").getBytes(StandardCharsets.UTF_8));
    return new int[] {flags, nameAt, pathAt};
  }

  public DeviceInspector inspector() {
    return new DeviceInspector(
        new DeviceSources(
            root,
            environment,
            8,
            new ClassPathNatives(platform, this::resource),
            () -> cards,
            this::open,
            bundled,
            tensorFlow));
  }

  public DeviceReport report() {
    return inspector().inspect();
  }

  private void open(Path file) {
    if (broken.contains(file.getFileName().toString())) {
      throw new UnsatisfiedLinkError("libnvJitLink.so.12: cannot open shared object file");
    }
    openedFiles.add(file);
  }

  private Optional<URL> resource(String name) {
    try {
      return resources.contains(name)
          ? Optional.of(root.resolve(name).toUri().toURL())
          : Optional.empty();
    } catch (MalformedURLException e) {
      throw new AssertionError(e);
    }
  }
}

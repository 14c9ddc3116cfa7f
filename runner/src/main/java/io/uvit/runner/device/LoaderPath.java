package io.uvit.runner.device;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where the loader of Linux finds a library by its name: the folders of {@code LD_LIBRARY_PATH},
 * then the loader's cache, then the folders it always looks in.
 */
final class LoaderPath {
  private static final List<String> ALWAYS =
      List.of(
          "/lib/x86_64-linux-gnu",
          "/usr/lib/x86_64-linux-gnu",
          "/lib64",
          "/usr/lib64",
          "/lib",
          "/usr/lib");

  private final Path root;
  private final List<String> first;
  private final Map<String, String> cache;

  /**
   * @param root of the file system
   * @param environment of the process
   */
  LoaderPath(Path root, Map<String, String> environment) {
    this.root = root;
    this.first =
        Stream.of(environment.getOrDefault("LD_LIBRARY_PATH", "").split("[:;]", -1))
            .filter(folder -> folder.startsWith("/"))
            .toList();
    this.cache = LoaderCache.read(root.resolve("etc/ld.so.cache"));
  }

  /** The file that would be opened; empty if there is none. */
  Optional<Path> find(String library) {
    return Stream.of(
            first.stream().map(folder -> folder + "/" + library),
            Optional.ofNullable(cache.get(library)).stream(),
            ALWAYS.stream().map(folder -> folder + "/" + library))
        .flatMap(paths -> paths)
        .map(path -> root.resolve(path.substring(1)))
        .filter(Files::isRegularFile)
        .findFirst();
  }
}

package io.uvit.tests.gpu;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Lays everything that {@link GpuRun} needs into one folder, for a machine that has neither this
 * repository nor Maven: classes, jars but for TensorFlow's and JavaCPP's, golden data, the peer,
 * and {@code run.sh}, which takes those jars from {@code CLASSPATH}. Protobuf goes along, before
 * what is there: TensorFlow by itself brings one that is too old for the classes of experiments.
 */
public final class Bundle {
  /** What fits a transfer of 64 MiB beside the least that goes with it. */
  private static final long MOST_BYTES = 61L << 20;

  /** What is there, and what no golden case needs. */
  private static final Pattern LEFT_OUT =
      Pattern.compile("(tensorflow-core|ndarray|javacpp|cuda|archunit)-.*\\.jar");

  private static final String USAGE =
      """
      usage: bundle --to DIR --peer FILE [options]

        --to DIR        a new folder
        --peer FILE     the PyTorch peer
        --results DIR   the --out of an earlier call: what succeeded there is not repeated
        --with FILE     another file to take along; may be repeated
      """;

  private final Path to;

  private Bundle(Path to) {
    this.to = to;
  }

  /** Entry point of the process. */
  public static void main(String[] arguments) throws IOException {
    try {
      System.out.println(make(arguments));
    } catch (UsageException e) {
      System.err.println("bundle: error: " + e.getMessage());
      System.exit(2);
    }
  }

  /**
   * Makes a bundle.
   *
   * @return a line about it
   * @throws UsageException if the command line makes no sense, or the folder grows too large
   */
  static String make(String... arguments) throws IOException {
    Optional<Path> to = Optional.empty();
    Optional<Path> peer = Optional.empty();
    Optional<Path> results = Optional.empty();
    List<Path> more = new ArrayList<>();
    for (int i = 0; i < arguments.length; i += 2) {
      if (i + 1 == arguments.length) {
        throw new UsageException(arguments[i] + ": found nothing after it\n" + USAGE);
      }
      Path value = Path.of(arguments[i + 1]).toAbsolutePath();
      switch (arguments[i]) {
        case "--to" -> to = Optional.of(value);
        case "--peer" -> peer = Optional.of(value);
        case "--results" -> results = Optional.of(value);
        case "--with" -> more.add(value);
        default -> throw new UsageException("found '" + arguments[i] + "'\n" + USAGE);
      }
    }
    Bundle bundle = new Bundle(to.orElseThrow(() -> new UsageException("--to: missing\n" + USAGE)));
    return bundle.lay(
        peer.orElseThrow(() -> new UsageException("--peer: missing\n" + USAGE)), results, more);
  }

  private String lay(Path peer, Optional<Path> results, List<Path> more) throws IOException {
    if (Files.exists(to)) {
      throw new UsageException("--to: found " + to + ", wanted a folder that is not there yet");
    }
    Files.createDirectories(to.resolve("lib"));
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      Path path = Path.of(entry);
      if (Files.isDirectory(path)) {
        copyTree(path, to.resolve("classes"));
      } else if (Files.exists(path) && !LEFT_OUT.matcher(path.getFileName().toString()).matches()) {
        Files.copy(path, to.resolve("lib").resolve(path.getFileName()));
      }
    }
    Path fixtures = Path.of(System.getProperty("uvit.shared", "../shared"), "fixtures");
    if (!Files.isDirectory(fixtures)) {
      throw new UsageException("golden data: found no folder " + fixtures + ", see uvit.shared");
    }
    copyTree(fixtures, to.resolve("shared/fixtures"));
    Files.copy(peer, to.resolve("peer.py"));
    if (results.isPresent()) {
      copyTree(results.get().resolve("results"), to.resolve("earlier/results"));
    }
    for (Path file : more) {
      Files.copy(file, to.resolve(file.getFileName()));
    }
    try (var script = Bundle.class.getResourceAsStream("bundle-run.sh")) {
      Files.copy(script, to.resolve("run.sh"));
    }
    to.resolve("run.sh").toFile().setExecutable(true);
    return size();
  }

  /** Later folders of the class path come after earlier ones, as when classes are looked for. */
  private static void copyTree(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path copy = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(copy);
        } else if (!Files.exists(copy)) {
          Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES);
        }
      }
    }
  }

  private String size() throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(to)) {
      files = all.filter(Files::isRegularFile).toList();
    }
    long bytes = files.stream().mapToLong(file -> file.toFile().length()).sum();
    if (bytes > MOST_BYTES) {
      throw new UsageException(
          "%s: found %d MiB, wanted at most %d; the largest are %s"
              .formatted(
                  to,
                  bytes >> 20,
                  MOST_BYTES >> 20,
                  files.stream()
                      .sorted(Comparator.comparing((Path file) -> -file.toFile().length()))
                      .limit(5)
                      .map(file -> to.relativize(file).toString())
                      .collect(Collectors.joining(", "))));
    }
    return "%s: %d files, %.1f MiB".formatted(to, files.size(), bytes / 1048576.0);
  }
}

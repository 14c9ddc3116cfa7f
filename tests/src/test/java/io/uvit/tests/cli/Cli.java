package io.uvit.tests.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/**
 * Runs {@code uvit} in a process of its own and says what came of it. Immutable: each {@code with}
 * method gives a changed copy.
 *
 * <pre>{@code
 * CliResult result = Cli.inChildJvm().in(folder).run("config", "quickstart");
 * }</pre>
 */
public final class Cli {
  private final List<String> program;
  private final Path directory;
  private final Map<String, String> environment;
  private final Duration timeout;

  private Cli(
      List<String> program, Path directory, Map<String, String> environment, Duration timeout) {
    this.program = List.copyOf(program);
    this.directory = directory;
    this.environment = Map.copyOf(environment);
    this.timeout = timeout;
  }

  /** The main class in a new JVM with the class path of this one: needs no packaged build. */
  public static Cli inChildJvm(String... jvmOptions) {
    return java(
        System.getProperty("java.class.path"),
        List.of(jvmOptions),
        List.of("io.uvit.runner.cli.Main"));
  }

  /** Any Java program: a class or a source file is the first of the arguments it is run with. */
  public static Cli java(String classPath) {
    return java(classPath, List.of(), List.of());
  }

  private static Cli java(String classPath, List<String> options, List<String> program) {
    return new Cli(
        JavaCommand.of(classPath, options, program),
        root(),
        Map.of("TF_CPP_MIN_LOG_LEVEL", "2"),
        Duration.ofMinutes(2));
  }

  /**
   * The launcher, with the build that is there. Skips the test when there is none, as under {@code
   * mvn test}, which packages nothing.
   */
  public static Cli throughLauncher() {
    Assumptions.assumeTrue(
        Files.exists(root().resolve("runner/target/classpath")),
        "runner/target/classpath is absent: the launcher is tested by mvn verify");
    return launcher(root().resolve("uvit"));
  }

  /** A launcher at another place, such as a link to it. */
  static Cli launcher(Path launcher) {
    return new Cli(
        List.of(launcher.toString()),
        root(),
        Map.of("UVIT_SKIP_BUILD_CHECK", "1", "JAVA_HOME", System.getProperty("java.home")),
        Duration.ofMinutes(2));
  }

  /** The root of the checkout. */
  public static Path root() {
    String root = System.getProperty("uvit.root");
    if (root == null) {
      throw new IllegalStateException("system property uvit.root is not set; Surefire sets it");
    }
    return Path.of(root).toAbsolutePath().normalize();
  }

  /** Runs in this folder instead of the root of the checkout. */
  public Cli in(Path folder) {
    return new Cli(program, folder, environment, timeout);
  }

  /** Sets an environment variable of the process. */
  public Cli with(String variable, String value) {
    Map<String, String> changed = new LinkedHashMap<>(environment);
    changed.put(variable, value);
    return new Cli(program, directory, changed, timeout);
  }

  /** The process is killed and the test fails after this time instead of two minutes. */
  public Cli within(Duration limit) {
    return new Cli(program, directory, environment, limit);
  }

  /** Runs to the end. */
  public CliResult run(String... arguments) {
    try (CliProcess process = start(arguments)) {
      return process.await();
    }
  }

  /** Starts and returns at once, for tests that send signals or watch the output. */
  public CliProcess start(String... arguments) {
    List<String> command = new ArrayList<>(program);
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
    builder.environment().putAll(environment);
    try {
      return new CliProcess(builder.start(), List.of(arguments), timeout);
    } catch (IOException e) {
      throw new IllegalStateException("cannot start " + command, e);
    }
  }
}

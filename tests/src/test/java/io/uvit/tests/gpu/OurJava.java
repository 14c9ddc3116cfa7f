package io.uvit.tests.gpu;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Command lines of this program's classes in a Java machine like this one. */
final class OurJava {
  /** What newer machines want to be told, from the version that knows the option. */
  private static final int NATIVE_ACCESS = 22;

  private static final int UNSAFE_MEMORY = 23;

  private OurJava() {}

  /** A class with its arguments, with the class path of this process. */
  static List<String> command(String mainClass, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // As the launcher has them.
    command.addAll(
        List.of(
            "-Djava.awt.headless=true",
            "-Dfile.encoding=UTF-8",
            "-Dorg.bytedeco.javacpp.maxBytes=0",
            "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
            "-XX:+UseSerialGC"));
    if (Runtime.version().feature() >= NATIVE_ACCESS) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    if (Runtime.version().feature() >= UNSAFE_MEMORY) {
      command.add("--sun-misc-unsafe-memory-access=allow");
    }
    String shared = System.getProperty("uvit.shared");
    if (shared != null) {
      command.add("-Duvit.shared=" + shared);
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
    command.addAll(arguments);
    return command;
  }

  /** The program {@code uvit}. */
  static List<String> uvit(List<String> arguments) {
    return command("io.uvit.runner.cli.Main", arguments);
  }
}

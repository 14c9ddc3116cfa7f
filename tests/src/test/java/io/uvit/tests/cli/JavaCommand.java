package io.uvit.tests.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Command lines of Java programs in a virtual machine like this one. */
public final class JavaCommand {
  /** What newer machines want to be told, from the version that knows the option. */
  private static final int NATIVE_ACCESS = 22;

  private static final int UNSAFE_MEMORY = 23;

  private JavaCommand() {}

  /**
   * A program with the options that the launcher {@code uvit} has.
   *
   * @param options further ones
   * @param program a class or a source file, and its arguments
   */
  public static List<String> of(String classPath, List<String> options, List<String> program) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
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
    command.addAll(options);
    command.addAll(List.of("-cp", classPath));
    command.addAll(program);
    return command;
  }
}

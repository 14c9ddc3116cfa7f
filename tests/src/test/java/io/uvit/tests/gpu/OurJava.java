package io.uvit.tests.gpu;

import io.uvit.tests.cli.JavaCommand;
import java.util.ArrayList;
import java.util.List;

/** Command lines of this program's classes in a Java machine like this one. */
final class OurJava {
  private OurJava() {}

  /** A class with its arguments, with the class path and the golden data of this process. */
  static List<String> command(String mainClass, List<String> arguments) {
    String shared = System.getProperty("uvit.shared");
    List<String> program = new ArrayList<>(List.of(mainClass));
    program.addAll(arguments);
    return JavaCommand.of(
        System.getProperty("java.class.path"),
        shared == null ? List.of() : List.of("-Duvit.shared=" + shared),
        program);
  }

  /** The program {@code uvit}. */
  static List<String> uvit(List<String> arguments) {
    return command("io.uvit.runner.cli.Main", arguments);
  }
}

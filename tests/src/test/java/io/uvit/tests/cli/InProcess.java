package io.uvit.tests.cli;

import io.uvit.runner.cli.Console;
import io.uvit.runner.cli.ExitCode;
import io.uvit.runner.cli.Main;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * Runs {@code uvit} within this JVM, which signals do not reach: for many short commands that need
 * TensorFlow's runtime.
 */
public final class InProcess {
  private InProcess() {}

  /** Runs a command line in a folder. */
  public static CliResult run(Path folder, String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Console console =
        new Console(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            folder,
            false);
    ExitCode code = Main.run(arguments, console);
    return new CliResult(
        List.of(arguments),
        code.code(),
        out.toString(StandardCharsets.UTF_8),
        err.toString(StandardCharsets.UTF_8));
  }
}

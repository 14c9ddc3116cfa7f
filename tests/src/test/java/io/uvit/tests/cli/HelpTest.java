package io.uvit.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.runner.cli.Command;
import io.uvit.runner.cli.Commands;
import io.uvit.runner.cli.Console;
import io.uvit.runner.cli.ExitCode;
import io.uvit.runner.cli.Main;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.cli.Option;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The help texts: complete, in one style, and the same as those in {@code docs/cli}. */
class HelpTest {
  private static final boolean UPDATE = Boolean.getBoolean("uvit.updateHelp");

  static Stream<String> pages() {
    return Stream.concat(Stream.of("uvit"), Commands.names().stream());
  }

  static Stream<Command> commands() {
    return Commands.all().stream();
  }

  @ParameterizedTest
  @MethodSource("pages")
  void documentedHelpIsTrue(String page) throws IOException {
    String help = page.equals("uvit") ? help("--help") : help(page, "--help");
    Path file = Cli.root().resolve("docs/cli").resolve(page + ".txt");
    if (UPDATE) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, help);
      return;
    }
    assertTrue(Files.exists(file), file + " is missing; write it with -Duvit.updateHelp=true");
    assertEquals(
        Files.readString(file), help, file + " is stale; update it with -Duvit.updateHelp=true");
  }

  @Test
  void documentedHelpHasNoLeftovers() throws IOException {
    Assumptions.assumeFalse(UPDATE, "help texts are being written");
    try (Stream<Path> files = Files.list(Cli.root().resolve("docs/cli"))) {
      List<String> found = files.map(f -> f.getFileName().toString()).sorted().toList();
      assertEquals(pages().map(p -> p + ".txt").sorted().toList(), found);
    }
  }

  @ParameterizedTest
  @MethodSource("commands")
  void helpIsInTheHouseStyle(Command command) {
    assertFalse(command.examples().isEmpty(), "no example");
    for (Command.Example example : command.examples()) {
      assertTrue(example.commandLine().startsWith("uvit " + command.name()), example.commandLine());
    }
    for (Option option : command.options().getOptions()) {
      assertTrue(
          option.getLongOpt() != null && option.getLongOpt().matches("[a-z][a-z0-9]*(-[a-z0-9]+)*"),
          "not kebab-case: " + option);
      assertTrue(option.getDescription() != null, "no description: " + option);
      assertTrue(!option.hasArg() || option.getArgName() != null, "no argument name: " + option);
    }
    String help = help(command.name(), "--help");
    assertEquals(help, help("help", command.name()));
    for (String line : help.lines().toList()) {
      assertTrue(line.length() <= 80, "longer than 80 columns: " + line);
      assertTrue(line.chars().allMatch(c -> c >= ' ' && c < 127), "not ASCII: " + line);
      assertEquals(line.stripTrailing(), line, "blanks at the end");
    }
  }

  @Test
  void helpLoadsNoTensorFlow(@TempDir Path folder) throws IOException {
    for (String page : pages().toList()) {
      Path log = folder.resolve(page + ".log");
      Cli jvm = Cli.inChildJvm("-Xlog:class+load:file=" + log);
      (page.equals("uvit") ? jvm.run("--help") : jvm.run(page, "--help")).expect(ExitCode.OK);
      List<String> loaded = Files.readAllLines(log);
      assertTrue(loaded.stream().anyMatch(l -> l.contains("io.uvit.runner.cli.Main ")), page);
      assertEquals(
          List.of(), loaded.stream().filter(l -> l.contains("org.tensorflow.")).toList(), page);
    }
  }

  private static String help(String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Console console =
        new Console(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            Cli.root(),
            false);
    assertEquals(ExitCode.OK, Main.run(arguments, console));
    assertEquals("", err.toString(StandardCharsets.UTF_8));
    return out.toString(StandardCharsets.UTF_8);
  }
}

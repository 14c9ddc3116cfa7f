package io.uvit.runner.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.ConfigException;
import io.uvit.config.ConfigProblem;
import io.uvit.runner.data.DataException;
import io.uvit.savedmodels.weights.WeightFileException;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;
import org.junit.jupiter.api.Test;
import org.tensorflow.exceptions.TensorFlowException;

/** Parsing, suggestions, and the table of exit codes. */
class FrameTest {

  /** A command with options of each kind. */
  private static final Command COMMAND =
      new Command() {
        @Override
        public String name() {
          return "paint";
        }

        @Override
        public String summary() {
          return "paint a picture";
        }

        @Override
        public String synopsis() {
          return "--colour NAME FILE";
        }

        @Override
        public String description() {
          return "Paints.";
        }

        @Override
        public List<Example> examples() {
          return List.of(new Example("paint in red", "uvit paint --colour red a.png"));
        }

        @Override
        public Options options() {
          Options options = new Options();
          options.addOption(
              Option.builder().longOpt("colour").hasArg().argName("NAME").required().get());
          options.addOption(Option.builder().longOpt("num").hasArg().argName("N").get());
          options.addOption(Option.builder().longOpt("set").hasArg().argName("A=B").get());
          options.addOption(Option.builder().longOpt("fast").get());
          return options;
        }

        @Override
        public int maxPositionals() {
          return 1;
        }

        @Override
        public ExitCode run(Arguments arguments, Console console) {
          return ExitCode.OK;
        }
      };

  private static Arguments parse(String... arguments) throws UsageException {
    return Main.parse(COMMAND, List.of(arguments));
  }

  private static String refusal(String... arguments) {
    return assertThrows(UsageException.class, () -> parse(arguments)).getMessage();
  }

  @Test
  void valuesAreTyped() throws UsageException {
    Arguments arguments =
        parse("--colour", "red", "--num=7", "--set", "a.b=1", "--set", "c=-2", "--fast", "out.png");
    assertEquals("red", arguments.requiredText("colour"));
    assertEquals(7, arguments.integer("num", 1, 10).getAsInt());
    assertEquals(List.of("a.b=1", "c=-2"), arguments.texts("set"));
    assertTrue(arguments.has("fast"));
    assertEquals("out.png", arguments.requiredPositional("FILE"));
    assertEquals(List.of(3, 1, 4), parse("--colour", "r", "--num", "3,1, 4").integers("num", 0, 9));
    assertEquals(-0.5, parse("--colour", "r", "--num", "-0.5").number("num", -1, 1).getAsDouble());
    assertEquals(
        ExitCode.BAD_DATA,
        parse("--colour", "bad-data").choice("colour", Arrays.asList(ExitCode.values())).get());
  }

  @Test
  void badValuesAreNamed() throws UsageException {
    for (String bad : List.of("0", "11", "x", "1.5", "99999999999", "")) {
      Arguments arguments = parse("--colour", "red", "--num=" + bad);
      String message =
          assertThrows(UsageException.class, () -> arguments.integer("num", 1, 10)).getMessage();
      assertEquals("--num: found '%s', wanted a whole number from 1 to 10".formatted(bad), message);
    }
    for (String bad : List.of("NaN", "Infinity", "2", "one")) {
      Arguments arguments = parse("--colour", "red", "--num", bad);
      assertThrows(UsageException.class, () -> arguments.number("num", 0, 1));
    }
    Arguments twice = parse("--colour", "red", "--colour", "blue");
    assertEquals(
        "--colour: given 2 times, wanted once",
        assertThrows(UsageException.class, () -> twice.text("colour")).getMessage());
  }

  @Test
  void malformedLinesAreRefused() {
    assertEquals(
        "unknown option '--color'; did you mean --colour?; see uvit paint --help",
        refusal("--color", "red"));
    assertEquals("missing --colour; see uvit paint --help", refusal());
    assertEquals("--num: missing its N; see uvit paint --help", refusal("--colour", "r", "--num"));
    assertEquals(
        "unexpected argument 'b'; see uvit paint --help", refusal("--colour", "r", "a", "b"));
    assertTrue(
        refusal("--colour", "r", "--fas").startsWith("unknown option '--fas'; did you mean"));
  }

  @Test
  void suggestionsAreNear() {
    List<String> known = List.of("train", "sample", "export", "import", "inspect", "run");
    assertEquals(List.of("train"), Suggestions.nearest("trian", known));
    assertEquals(
        List.of("export", "import"),
        Suggestions.nearest("xport", known).stream().sorted().toList());
    assertEquals(List.of("inspect"), Suggestions.nearest("insp", known));
    assertEquals(List.of(), Suggestions.nearest("zzzzzz", known));
  }

  @Test
  void failuresHaveExitCodes() {
    assertEquals(ExitCode.USAGE, Failures.exitCode(new UsageException("x")));
    assertEquals(ExitCode.BAD_DATA, Failures.exitCode(new NoSuchFileException("x")));
    assertEquals(
        ExitCode.BAD_DATA,
        Failures.exitCode(
            new ExecutionException(new UncheckedIOException(new FileNotFoundException("x")))));
    assertEquals(ExitCode.DISK_FULL, Failures.exitCode(new IOException("No space left on device")));
    assertEquals(
        ExitCode.DISK_FULL,
        Failures.exitCode(
            new IllegalStateException(new FileSystemException("f", null, "Disk quota exceeded"))));
    assertEquals(ExitCode.NATIVE_RUNTIME, Failures.exitCode(new TensorFlowException("x")));
    assertEquals(ExitCode.NATIVE_RUNTIME, Failures.exitCode(new UnsatisfiedLinkError("x")));
    assertEquals(ExitCode.INTERNAL, Failures.exitCode(new IllegalStateException("x")));
    assertEquals(
        ExitCode.NATIVE_RUNTIME,
        Failures.exitCode(
            new NoClassDefFoundError("Could not initialize class org.tensorflow.Graph")));
    assertEquals(
        ExitCode.NATIVE_RUNTIME,
        Failures.exitCode(new ExceptionInInitializerError(new UnsatisfiedLinkError("x"))));
    assertEquals(ExitCode.INTERNAL, Failures.exitCode(new NoClassDefFoundError("io/uvit/Gone")));
    assertEquals(
        ExitCode.BAD_CONFIG,
        Failures.exitCode(
            new ConfigException("o", List.of(new ConfigProblem("a", "bad", "", "")))));
    assertEquals(
        ExitCode.BAD_CHECKPOINT,
        Failures.exitCode(new WeightFileException(Path.of("w"), "header", "a", "b")));
    assertEquals(ExitCode.BAD_DATA, Failures.exitCode(new DataException("x")));
  }

  @Test
  void failuresPrintNoStackTraceUnlessAsked() {
    assertEquals(
        "uvit: error: a/b: no such file\n", printed(new NoSuchFileException("a/b"), false));
    assertEquals("uvit: error: went wrong\n", printed(new IOException("went wrong"), false));
    assertTrue(printed(new IOException("went wrong"), true).contains("\tat io.uvit"));
    assertTrue(
        printed(new IllegalStateException("odd"), false)
            .startsWith("uvit: error: IllegalStateException: odd\nuvit: this is a fault"));
  }

  @Test
  void pathsStartAtTheWorkingDirectory() throws UsageException {
    Console console = new Console(System.out, System.err, Path.of("/home/user"), false);
    assertEquals(Path.of("/home/user/runs/a"), console.resolve("./runs/a"));
    assertEquals(Path.of("/etc"), console.resolve("/etc"));
    assertThrows(UsageException.class, () -> console.resolve("a\0b"));
  }

  private static String printed(Throwable failure, boolean debug) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Failures.print(failure, debug, new PrintStream(bytes, true, StandardCharsets.UTF_8));
    return bytes.toString(StandardCharsets.UTF_8).replace("\r\n", "\n");
  }
}

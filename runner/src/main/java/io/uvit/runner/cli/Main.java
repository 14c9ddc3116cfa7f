package io.uvit.runner.cli;

import io.uvit.savedmodels.natives.CudaLibraries;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.commons.cli.AlreadySelectedException;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.DefaultParser;
import org.apache.commons.cli.MissingArgumentException;
import org.apache.commons.cli.MissingOptionException;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.ParseException;
import org.apache.commons.cli.UnrecognizedOptionException;

/**
 * The program {@code uvit}: finds the command, parses its options, runs it, exits with its code.
 */
public final class Main {

  private Main() {}

  /** Entry point of the process; the launcher {@code uvit} calls it. */
  public static void main(String[] arguments) {
    Console console =
        new Console(
            System.out,
            System.err,
            Path.of("").toAbsolutePath(),
            Boolean.getBoolean("uvit.terminal"));
    ExitCode code = run(arguments, console);
    console.out().flush();
    console.err().flush();
    if (code == ExitCode.OK && console.out().checkError()) {
      console.note("uvit: error: standard output could not be written");
      code = ExitCode.DISK_FULL;
    }
    System.exit(code.code());
  }

  /**
   * Runs one command line. Never throws: failures are printed on {@code console.err()}.
   *
   * @param arguments as after {@code uvit}
   */
  public static ExitCode run(String[] arguments, Console console) {
    boolean debug =
        "1".equals(System.getenv("UVIT_DEBUG")) || Arrays.asList(arguments).contains("--debug");
    try {
      return dispatch(arguments, console);
    } catch (UsageException e) {
      console.note("uvit: error: " + e.getMessage());
      if (debug) {
        e.printStackTrace(console.err());
      }
      return ExitCode.USAGE;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return ExitCode.INTERRUPTED;
    } catch (Exception | LinkageError | OutOfMemoryError | StackOverflowError e) {
      Failures.print(e, debug, console.err());
      return Failures.exitCode(e);
    }
  }

  private static ExitCode dispatch(String[] arguments, Console console) throws Exception {
    if (arguments.length == 0) {
      console.err().print(HelpText.program());
      return ExitCode.USAGE;
    }
    List<String> rest = List.of(arguments).subList(1, arguments.length);
    return switch (arguments[0]) {
      case "--help", "-h" -> print(HelpText.program(), console.out());
      case "--version" -> print("uvit " + version() + "\n", console.out());
      case "help" ->
          print(
              rest.isEmpty() ? HelpText.program() : HelpText.of(command(rest.get(0))),
              console.out());
      default -> run(command(arguments[0]), rest, console);
    };
  }

  private static ExitCode run(Command command, List<String> arguments, Console console)
      throws Exception {
    if (arguments.contains("--help") || arguments.contains("-h")) {
      return print(HelpText.of(command), console.out());
    }
    Arguments parsed = parse(command, arguments);
    if (command.usesTensorFlow()) {
      CudaLibraries.open(); // before any class of TensorFlow is initialised
    }
    return command.run(parsed, console);
  }

  private static Command command(String name) throws UsageException {
    Optional<Command> found = Commands.find(name);
    if (found.isPresent()) {
      return found.get();
    }
    if (name.startsWith("-")) {
      throw new UsageException(
          "the first argument must be a command, found '%s'; see uvit --help".formatted(name));
    }
    List<String> known = new ArrayList<>(Commands.names());
    known.add("help");
    throw new UsageException(
        "unknown command '%s'%s; see uvit --help".formatted(name, Suggestions.phrase(name, known)));
  }

  /** Parses strictly: long options by their whole name, no abbreviations. */
  static Arguments parse(Command command, List<String> arguments) throws UsageException {
    Options options = HelpText.withCommonOptions(command);
    String seeHelp = "; see uvit " + command.name() + " --help";
    try {
      CommandLine line =
          DefaultParser.builder()
              .setAllowPartialMatching(false)
              .get()
              .parse(options, arguments.toArray(String[]::new));
      if (line.getArgList().size() > command.maxPositionals()) {
        String surplus = line.getArgList().get(command.maxPositionals());
        throw new UsageException("unexpected argument '" + surplus + "'" + seeHelp);
      }
      return new Arguments(line);
    } catch (ParseException e) {
      throw new UsageException(explain(e, options) + seeHelp, e);
    }
  }

  private static String explain(ParseException failure, Options options) {
    if (failure instanceof UnrecognizedOptionException unknown) {
      List<String> names = options.getOptions().stream().map(o -> "--" + o.getLongOpt()).toList();
      String found = unknown.getOption();
      String bare = found.contains("=") ? found.substring(0, found.indexOf('=')) : found;
      return "unknown option '%s'%s".formatted(bare, Suggestions.phrase(bare, names));
    }
    if (failure instanceof MissingOptionException missing) {
      List<String> names = new ArrayList<>();
      for (Object option : missing.getMissingOptions()) {
        names.add("--" + option);
      }
      return "missing " + String.join(", ", names);
    }
    if (failure instanceof MissingArgumentException missing) {
      Option option = missing.getOption();
      return "--%s: missing its %s".formatted(option.getLongOpt(), option.getArgName());
    }
    if (failure instanceof AlreadySelectedException selected) {
      return "--%s excludes --%s"
          .formatted(selected.getOption().getLongOpt(), selected.getOptionGroup().getSelected());
    }
    return failure.getMessage();
  }

  private static ExitCode print(String text, PrintStream out) {
    out.print(text);
    return ExitCode.OK;
  }

  /** The version of the jar, or {@code development} when run from class folders. */
  static String version() {
    String version = Main.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }
}

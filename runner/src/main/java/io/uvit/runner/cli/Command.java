package io.uvit.runner.cli;

import java.util.List;
import org.apache.commons.cli.Options;

/**
 * One subcommand of {@code uvit}. Implementations hold no state, and constructing one or asking for
 * its help loads no TensorFlow class. They are listed in {@link Commands}.
 */
public interface Command {

  /** The word after {@code uvit}: lower-case. */
  String name();

  /** One line for the table of commands, beginning with a verb, without a full stop. */
  String summary();

  /**
   * What follows the name in the usage line, such as {@code --config FILE [--set PATH=VALUE]...}.
   */
  String synopsis();

  /** Further help: a few sentences on what is read and written; lines are wrapped by the frame. */
  String description();

  /** Whole command lines, each with a line before it that says what it does. At least one. */
  List<Example> examples();

  /**
   * The options in the order the help shows them: long kebab-case names, {@code argName} where
   * there is a value, a description that states unit and default. {@code --help} and {@code
   * --debug} are added by the frame.
   */
  Options options();

  /** How many arguments without a dash the command takes at most; more are refused. */
  default int maxPositionals() {
    return 0;
  }

  /** Whether {@link #run} needs TensorFlow, so that CUDA is to be opened before it. */
  default boolean usesTensorFlow() {
    return true;
  }

  /**
   * Does the work.
   *
   * @throws Exception any failure; {@link Failures} turns it into a message and an exit code
   */
  ExitCode run(Arguments arguments, Console console) throws Exception;

  /**
   * An example of the help text.
   *
   * @param purpose what it does, without a full stop
   * @param commandLine the whole line, beginning with {@code uvit}
   */
  record Example(String purpose, String commandLine) {}
}

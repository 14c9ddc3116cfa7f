package io.uvit.runner.cli;

import io.uvit.config.ConfigLoader;
import io.uvit.config.v1.Experiment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;

/** The options {@code --config} and {@code --set}, the same in every command that has them. */
final class ConfigOptions {
  static final String CONFIG = "config";
  static final String SET = "set";

  private ConfigOptions() {}

  /** An option with a value, in the form all commands share. */
  static Option value(String name, String argName, String description) {
    return Option.builder().longOpt(name).hasArg().argName(argName).desc(description).get();
  }

  /** Adds {@code --config FILE_OR_NAME}. */
  static void addConfig(Options options, boolean required) {
    options.addOption(
        Option.builder()
            .longOpt(CONFIG)
            .hasArg()
            .argName("FILE_OR_NAME")
            .required(required)
            .desc("experiment: a .textproto file, or the name of a built-in one")
            .get());
  }

  /** Adds the repeatable {@code --set PATH=VALUE}. */
  static void addSet(Options options) {
    options.addOption(
        Option.builder()
            .longOpt(SET)
            .hasArg()
            .argName("PATH=VALUE")
            .desc("override a field of the experiment, such as train.batch_size=64; repeatable")
            .get());
  }

  /**
   * Loads the experiment of {@code --config} with the overrides of {@code --set}, resolved and
   * checked.
   *
   * @throws io.uvit.config.ConfigException if it cannot be read or is not valid
   */
  static Experiment load(Arguments arguments, Console console) throws UsageException {
    return load(arguments, arguments.texts(SET), console);
  }

  /** As {@link #load(Arguments, Console)}, with other overrides than those of {@code --set}. */
  static Experiment load(Arguments arguments, List<String> overrides, Console console)
      throws UsageException {
    return load(arguments.requiredText(CONFIG), overrides, console);
  }

  /** As {@link #load(Arguments, Console)}, for a file or name given otherwise. */
  static Experiment load(String fileOrName, Arguments arguments, Console console)
      throws UsageException {
    return load(fileOrName, arguments.texts(SET), console);
  }

  private static Experiment load(String fileOrName, List<String> overrides, Console console)
      throws UsageException {
    Path file = console.resolve(fileOrName);
    String source = Files.exists(file) ? file.toString() : fileOrName;
    return ConfigLoader.load(source, overrides);
  }
}

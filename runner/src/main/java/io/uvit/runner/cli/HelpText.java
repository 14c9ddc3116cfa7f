package io.uvit.runner.cli;

import java.util.ArrayList;
import java.util.List;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;

/** The help texts: plain ASCII, at most 80 columns, the same on every machine. */
final class HelpText {
  private static final int WIDTH = 80;
  private static final int OPTION_COLUMN = 30;

  private HelpText() {}

  /** The text of {@code uvit --help}. */
  static String program() {
    StringBuilder text = new StringBuilder();
    text.append("usage: uvit <command> [options]\n\n");
    text.append("U-ViT diffusion models: train, sample, export and import.\n\nCommands:\n");
    for (Command command : Commands.all()) {
      entry(text, command.name(), command.summary(), 16);
    }
    entry(text, "help COMMAND", "print the help of a command", 16);
    text.append("\nOptions:\n");
    entry(text, "--help", "print this text", 16);
    entry(text, "--version", "print the version", 16);
    text.append("\nResults go to standard output, everything else to standard error.\n");
    text.append("Exit codes:\n");
    for (ExitCode code : ExitCode.values()) {
      entry(text, Integer.toString(code.code()), code.meaning(), 16);
    }
    text.append("\nExample:\n  uvit quickstart\n");
    return text.toString();
  }

  /** The text of {@code uvit NAME --help}. */
  static String of(Command command) {
    StringBuilder text = new StringBuilder();
    String head = "usage: uvit " + command.name() + " ";
    text.append(wrapped(head, " ".repeat(head.length()), command.synopsis())).append('\n');
    text.append(wrapped("", "", command.description()));
    text.append("\nOptions:\n");
    for (Option option : withCommonOptions(command).getOptions()) {
      entry(text, label(option), description(option), OPTION_COLUMN);
    }
    text.append(command.examples().size() > 1 ? "\nExamples:\n" : "\nExample:\n");
    for (Command.Example example : command.examples()) {
      text.append("  # ").append(example.purpose()).append('\n');
      text.append("  ").append(example.commandLine()).append('\n');
    }
    return text.toString();
  }

  /** A command's options and those every command has. */
  static Options withCommonOptions(Command command) {
    Options options = new Options();
    options.addOptions(command.options());
    options.addOption(Option.builder().longOpt("debug").desc("print stack traces of errors").get());
    options.addOption(Option.builder().longOpt("help").desc("print this text").get());
    return options;
  }

  private static String label(Option option) {
    String value = option.hasArg() ? " " + argumentName(option) : "";
    return "--" + option.getLongOpt() + value;
  }

  private static String argumentName(Option option) {
    return option.getArgName() == null ? "VALUE" : option.getArgName();
  }

  private static String description(Option option) {
    String text = option.getDescription() == null ? "" : option.getDescription();
    return option.isRequired() ? text + " (required)" : text;
  }

  private static void entry(StringBuilder text, String label, String description, int column) {
    String head = "  " + label;
    String indent = " ".repeat(column);
    if (head.length() >= column - 1) {
      text.append(head).append('\n');
      text.append(wrapped(indent, indent, description));
    } else {
      text.append(wrapped(head + " ".repeat(column - head.length()), indent, description));
    }
  }

  /** {@code text} in lines of at most 80 columns; its own line ends are kept. */
  private static String wrapped(String first, String others, String text) {
    List<String> lines = new ArrayList<>();
    String prefix = first;
    for (String paragraph : text.split("\n", -1)) {
      StringBuilder line = new StringBuilder(prefix);
      boolean empty = true;
      for (String word : paragraph.split(" ", -1)) {
        if (!empty && line.length() + 1 + word.length() > WIDTH) {
          lines.add(line.toString().stripTrailing());
          line = new StringBuilder(others);
          empty = true;
        }
        line.append(empty ? "" : " ").append(word);
        empty = false;
      }
      lines.add(line.toString().stripTrailing());
      prefix = others;
    }
    return String.join("\n", lines) + "\n";
  }
}

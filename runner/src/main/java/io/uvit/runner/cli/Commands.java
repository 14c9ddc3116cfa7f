package io.uvit.runner.cli;

import io.uvit.runner.latent.SessionEncoder;
import java.util.List;
import java.util.Optional;

/** The one list of commands, in the order the help shows them. */
public final class Commands {
  private static final List<Command> ALL =
      List.of(
          new QuickstartCommand(),
          new TrainCommand(),
          new EncodeCommand(SessionEncoder::open),
          new SampleCommand(),
          new ExportCommand(),
          new ImportCommand(),
          new RunCommand(),
          new InspectCommand(),
          new DevicesCommand(),
          new BenchCommand(),
          new ProfileCommand(),
          new ConfigCommand());

  private Commands() {}

  /** Every command. */
  public static List<Command> all() {
    return ALL;
  }

  /** The command of that name. */
  static Optional<Command> find(String name) {
    return ALL.stream().filter(command -> command.name().equals(name)).findFirst();
  }

  /** The names of all commands. */
  public static List<String> names() {
    return ALL.stream().map(Command::name).toList();
  }
}

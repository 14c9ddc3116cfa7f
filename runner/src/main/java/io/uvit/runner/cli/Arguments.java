package io.uvit.runner.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.apache.commons.cli.CommandLine;

/**
 * A parsed command line with typed access. Every accessor throws {@link UsageException} naming the
 * option, the value found and the value wanted.
 */
public final class Arguments {
  private final CommandLine line;

  Arguments(CommandLine line) {
    this.line = line;
  }

  /** Whether an option without a value was given. */
  public boolean has(String option) {
    return line.hasOption(option);
  }

  /** The value of an option, empty when it was not given; given twice it is refused. */
  public Optional<String> text(String option) throws UsageException {
    String[] values = line.getOptionValues(option);
    if (values == null) {
      return Optional.empty();
    }
    if (values.length > 1) {
      throw new UsageException(
          "--%s: given %d times, wanted once".formatted(option, values.length));
    }
    return Optional.of(values[0]);
  }

  /** The value of an option that must be given. */
  public String requiredText(String option) throws UsageException {
    return text(option).orElseThrow(() -> missing(option));
  }

  /** All values of a repeatable option in the order given. */
  public List<String> texts(String option) {
    String[] values = line.getOptionValues(option);
    return values == null ? List.of() : List.of(values);
  }

  /** The path an option names, resolved against the working directory. */
  public Optional<Path> path(String option, Console console) throws UsageException {
    Optional<String> text = text(option);
    return text.isEmpty() ? Optional.empty() : Optional.of(console.resolve(text.get()));
  }

  /** The path of an option that must be given. */
  public Path requiredPath(String option, Console console) throws UsageException {
    return path(option, console).orElseThrow(() -> missing(option));
  }

  /** A whole number from {@code min} to {@code max}, both included. */
  public OptionalInt integer(String option, int min, int max) throws UsageException {
    OptionalLong value = longInteger(option, min, max);
    return value.isEmpty() ? OptionalInt.empty() : OptionalInt.of((int) value.getAsLong());
  }

  /** A whole number from {@code min} to {@code max}, both included. */
  public OptionalLong longInteger(String option, long min, long max) throws UsageException {
    Optional<String> text = text(option);
    if (text.isEmpty()) {
      return OptionalLong.empty();
    }
    String wanted = "a whole number from %d to %d".formatted(min, max);
    return OptionalLong.of(parseLong(option, text.get(), min, max, wanted));
  }

  /**
   * Whole numbers separated by commas, each from {@code min} to {@code max}; empty when not given.
   */
  public List<Integer> integers(String option, int min, int max) throws UsageException {
    Optional<String> text = text(option);
    if (text.isEmpty()) {
      return List.of();
    }
    String wanted = "whole numbers from %d to %d separated by commas".formatted(min, max);
    List<Integer> values = new ArrayList<>();
    for (String part : text.get().split(",", -1)) {
      values.add((int) parseLong(option, part.strip(), min, max, wanted));
    }
    return List.copyOf(values);
  }

  /** A finite number from {@code min} to {@code max}, both included. */
  public OptionalDouble number(String option, double min, double max) throws UsageException {
    Optional<String> text = text(option);
    if (text.isEmpty()) {
      return OptionalDouble.empty();
    }
    String wanted = "a number from %s to %s".formatted(min, max);
    try {
      double value = Double.parseDouble(text.get());
      if (value >= min && value <= max && Double.isFinite(value)) {
        return OptionalDouble.of(value);
      }
    } catch (NumberFormatException e) {
      throw new UsageException(found(option, text.get(), wanted), e);
    }
    throw new UsageException(found(option, text.get(), wanted));
  }

  /**
   * One of the constants of an enum, written in kebab case ({@code DPM_SOLVER_FAST} as {@code
   * dpm-solver-fast}).
   */
  public <E extends Enum<E>> Optional<E> choice(String option, List<E> choices)
      throws UsageException {
    Optional<String> text = text(option);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    List<String> names = choices.stream().map(Arguments::kebab).toList();
    int index = names.indexOf(text.get());
    if (index < 0) {
      throw new UsageException(found(option, text.get(), "one of " + String.join(", ", names)));
    }
    return Optional.of(choices.get(index));
  }

  /** The arguments without a dash, in order. */
  public List<String> positionals() {
    return List.copyOf(line.getArgList());
  }

  /** The one argument without a dash; {@code name} is how the synopsis calls it. */
  public String requiredPositional(String name) throws UsageException {
    List<String> found = positionals();
    if (found.size() != 1) {
      throw new UsageException(
          "%s: found %s, wanted one"
              .formatted(name, found.isEmpty() ? "none" : String.join(" ", found)));
    }
    return found.get(0);
  }

  /** The kebab-case spelling of a constant's name. */
  public static String kebab(Enum<?> constant) {
    return constant.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
  }

  private static long parseLong(String option, String text, long min, long max, String wanted)
      throws UsageException {
    try {
      long value = Long.parseLong(text);
      if (value >= min && value <= max) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw new UsageException(found(option, text, wanted), e);
    }
    throw new UsageException(found(option, text, wanted));
  }

  private static UsageException missing(String option) {
    return new UsageException("--" + option + ": missing, wanted a value");
  }

  private static String found(String option, String found, String wanted) {
    return "--%s: found '%s', wanted %s".formatted(option, found, wanted);
  }
}

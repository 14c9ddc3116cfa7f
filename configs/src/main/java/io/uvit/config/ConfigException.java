package io.uvit.config;

import java.util.List;
import java.util.stream.Collectors;

/** A config that cannot be used. Carries every problem found, not only the first. */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<ConfigProblem> problems;

  /**
   * @param origin where the config came from: a file, a bundled name, {@code --set}
   * @param problems what is wrong with it; at least one
   * @throws IllegalArgumentException if {@code problems} is empty
   */
  public ConfigException(String origin, List<ConfigProblem> problems) {
    super(message(origin, problems));
    this.problems = List.copyOf(problems);
  }

  /** As {@link #ConfigException(String, List)}, with the exception that led here. */
  public ConfigException(String origin, List<ConfigProblem> problems, Throwable cause) {
    super(message(origin, problems), cause);
    this.problems = List.copyOf(problems);
  }

  /** Everything that is wrong, in the order of the schema; empty after Java serialization. */
  public List<ConfigProblem> problems() {
    return problems == null ? List.of() : problems;
  }

  private static String message(String origin, List<ConfigProblem> problems) {
    if (problems.isEmpty()) {
      throw new IllegalArgumentException("problems: is empty, wanted at least one");
    }
    String count = problems.size() == 1 ? "1 problem" : problems.size() + " problems";
    return problems.stream()
        .map(ConfigProblem::toString)
        .collect(Collectors.joining("\n  ", origin + ": " + count + "\n  ", ""));
  }
}

package io.uvit.config;

import java.util.Objects;

/**
 * One thing that is wrong with a config, printed as {@code path: problem, found X, wanted Y}.
 *
 * @param path field path such as {@code model.embed_dim}, or {@code file:line:column} for text that
 *     does not parse
 * @param problem what is wrong, without a full stop
 * @param found the offending value, as the user would write it; empty if there is none to show
 * @param wanted what would be accepted; empty if the problem already says it
 */
public record ConfigProblem(String path, String problem, String found, String wanted) {

  public ConfigProblem {
    Objects.requireNonNull(path, "path");
    Objects.requireNonNull(problem, "problem");
    Objects.requireNonNull(found, "found");
    Objects.requireNonNull(wanted, "wanted");
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(path).append(": ").append(problem);
    if (!found.isEmpty()) {
      text.append(", found ").append(found);
    }
    if (!wanted.isEmpty()) {
      text.append(", wanted ").append(wanted);
    }
    return text.toString();
  }
}

package io.uvit.tests.cli;

import io.uvit.runner.cli.ExitCode;
import java.util.List;
import org.junit.jupiter.api.Assertions;

/**
 * How a command line ended.
 *
 * @param arguments what was run
 * @param exitCode status of the process; 128 + n when signal n ended it
 * @param out all of standard output
 * @param err all of standard error
 */
public record CliResult(List<String> arguments, int exitCode, String out, String err) {

  /** Fails the test, with all output, unless the process ended with this code. */
  public CliResult expect(ExitCode wanted) {
    if (exitCode != wanted.code()) {
      Assertions.fail("wanted exit code " + wanted.code() + " (" + wanted + ")\n" + this);
    }
    return this;
  }

  /** Fails the test unless standard error contains each of these texts. */
  public CliResult expectError(String... texts) {
    for (String text : texts) {
      if (!err.contains(text)) {
        Assertions.fail("wanted '" + text + "' on standard error\n" + this);
      }
    }
    return this;
  }

  @Override
  public String toString() {
    return "uvit %s\nexit code %d\n--- stdout\n%s\n--- stderr\n%s"
        .formatted(String.join(" ", arguments), exitCode, out, err);
  }
}

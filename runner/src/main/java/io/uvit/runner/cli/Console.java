package io.uvit.runner.cli;

import java.io.PrintStream;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * Where a command writes to and where its relative paths start.
 *
 * @param out results: what a script would read, and nothing else
 * @param err everything else: progress, notes, warnings, errors
 * @param workingDirectory absolute folder that relative paths of the command line are resolved
 *     against
 * @param terminal whether {@code err} is a terminal, so that a progress bar may redraw its line
 */
public record Console(PrintStream out, PrintStream err, Path workingDirectory, boolean terminal) {

  /**
   * The path a user's argument means.
   *
   * @throws UsageException when the text is no path on this file system
   */
  public Path resolve(String argument) throws UsageException {
    try {
      return workingDirectory.resolve(argument).normalize();
    } catch (InvalidPathException e) {
      throw new UsageException("'" + argument + "' is not a path: " + e.getReason(), e);
    }
  }

  /** Prints a line on {@code err}. */
  public void note(String line) {
    err.println(line);
  }
}

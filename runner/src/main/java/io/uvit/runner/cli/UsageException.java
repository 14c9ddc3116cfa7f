package io.uvit.runner.cli;

/** The command line cannot be understood: exit code {@link ExitCode#USAGE}. */
public final class UsageException extends Exception {
  private static final long serialVersionUID = 1L;

  /** With a message that names the argument, what was found and what was wanted. */
  public UsageException(String message) {
    super(message);
  }

  /** With the cause, which {@code --debug} shows. */
  public UsageException(String message, Throwable cause) {
    super(message, cause);
  }
}

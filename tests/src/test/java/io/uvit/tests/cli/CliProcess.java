package io.uvit.tests.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * A running {@code uvit} whose output is collected line by line. Closing it kills what still runs.
 */
public final class CliProcess implements AutoCloseable {

  /** One stream of the process, read by a thread of its own. */
  private static final class Collector extends Thread {
    private final InputStream stream;
    private final StringBuilder text = new StringBuilder();
    private boolean ended;

    Collector(InputStream stream) {
      this.stream = stream;
      setDaemon(true);
      start();
    }

    @Override
    public void run() {
      try (BufferedReader reader =
          new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
        for (int c = reader.read(); c >= 0; c = reader.read()) {
          add((char) c);
        }
      } catch (IOException e) {
        // The stream of a killed process breaks off; what was read counts.
      }
      end();
    }

    private synchronized void add(char c) {
      text.append(c);
      if (c == '\n' || c == '\r') {
        notifyAll();
      }
    }

    private synchronized void end() {
      ended = true;
      notifyAll();
    }

    synchronized String text() {
      return text.toString();
    }

    /**
     * Waits until a full line holds the pattern; false when the stream ends or time is up first.
     */
    synchronized boolean await(Pattern pattern, long deadlineNanos) throws InterruptedException {
      while (true) {
        int complete = Math.max(text.lastIndexOf("\n"), text.lastIndexOf("\r"));
        if (ended || complete >= 0) {
          if (pattern.matcher(ended ? text : text.substring(0, complete)).find()) {
            return true;
          }
        }
        long left = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime());
        if (ended || left <= 0) {
          return false;
        }
        wait(left);
      }
    }
  }

  private final Process process;
  private final List<String> arguments;
  private final long deadlineNanos;
  private final Collector out;
  private final Collector err;

  CliProcess(Process process, List<String> arguments, Duration timeout) throws IOException {
    this.process = process;
    this.arguments = arguments;
    this.deadlineNanos = System.nanoTime() + timeout.toNanos();
    process.getOutputStream().close();
    this.out = new Collector(process.getInputStream());
    this.err = new Collector(process.getErrorStream());
  }

  /** Waits until a line of standard error contains a match of the regular expression. */
  public void awaitErrorLine(String regex) {
    try {
      if (!err.await(Pattern.compile(regex), deadlineNanos)) {
        process.destroyForcibly();
        throw new AssertionError("no line with '" + regex + "' on standard error\n" + result(-1));
      }
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /** Sends a signal by its name without SIG: {@code TERM}, {@code INT}, {@code KILL}. */
  public void signal(String name) {
    try {
      int status =
          new ProcessBuilder("kill", "-s", name, Long.toString(process.pid()))
              .inheritIO()
              .start()
              .waitFor();
      if (status != 0) {
        throw new IllegalStateException("kill -s " + name + " ended with " + status);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /** The process id. */
  public long pid() {
    return process.pid();
  }

  /** Waits for the end. Fails the test, with all output, when time is up. */
  public CliResult await() {
    try {
      long left = Math.max(0, deadlineNanos - System.nanoTime());
      if (!process.waitFor(left, TimeUnit.NANOSECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("did not end in time\n" + result(-1));
      }
      out.join();
      err.join();
      return result(process.exitValue());
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private CliResult result(int exitCode) {
    return new CliResult(arguments, exitCode, out.text(), err.text());
  }

  private static IllegalStateException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new IllegalStateException("interrupted while waiting for the process", e);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}

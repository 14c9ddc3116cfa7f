package io.uvit.tests.gpu;

import com.google.gson.JsonObject;
import io.uvit.tests.bench.JsonLine;
import io.uvit.tests.gpu.StepOutcome.Status;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Runs steps as processes with a time limit; whatever becomes of one is an outcome, never an
 * exception.
 *
 * @param logs folder for what processes print, {@code NAME.out} and {@code NAME.err}
 */
record StepRunner(Path logs) {
  private static final int MOST_DETAIL = 2000;

  /** Runs a step to its end or for as many seconds as given. */
  StepOutcome run(Step step, int seconds) throws IOException, InterruptedException {
    Path out = logs.resolve(step.name() + ".out");
    Path err = logs.resolve(step.name() + ".err");
    ProcessBuilder builder =
        new ProcessBuilder(step.command()).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().putAll(step.environment());
    long begun = System.nanoTime();
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      return outcome(step, Status.FAILED, begun, e.getMessage(), Optional.empty());
    }
    process.getOutputStream().close();
    if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
      List<ProcessHandle> children = process.descendants().toList();
      process.destroyForcibly().waitFor();
      children.forEach(ProcessHandle::destroyForcibly);
      return outcome(
          step,
          Status.TIMED_OUT,
          begun,
          "not done after " + seconds + " s; " + tail(err),
          JsonLine.of(text(out)));
    }
    Optional<JsonObject> figures = JsonLine.of(text(out));
    if (process.exitValue() != 0) {
      String detail = "exit status " + process.exitValue() + "; " + tail(err);
      return outcome(step, Status.FAILED, begun, detail, figures);
    }
    return figures.isPresent()
        ? outcome(step, Status.OK, begun, "", figures)
        : outcome(step, Status.FAILED, begun, "found no JSON line in " + out, figures);
  }

  private static StepOutcome outcome(
      Step step, Status status, long begun, String detail, Optional<JsonObject> figures) {
    double seconds = Math.round((System.nanoTime() - begun) / 1e8) / 10.0;
    return new StepOutcome(
        step.name(), step.stage(), status, seconds, detail, figures.orElseGet(JsonObject::new));
  }

  private static String tail(Path file) throws IOException {
    String text = text(file).strip();
    return text.substring(Math.max(0, text.length() - MOST_DETAIL));
  }

  /** What a process printed; bytes that are no UTF-8 are replaced. */
  private static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }
}

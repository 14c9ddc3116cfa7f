package io.uvit.tests.gpu;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Correctness and speed on one machine: each step is a process with a time limit, a step that fails
 * is reported and does not stop the others, and after each the table is written anew.
 *
 * <p>Exit status: 0 if every step succeeded, 1 if not, 2 for a command line that makes no sense, 3
 * if the device cannot be used.
 */
public final class GpuRun {
  private static final int DEVICES_SECONDS = 180;

  private final GpuOptions options;
  private final Path results;
  private final Map<String, StepOutcome> outcomes = new TreeMap<>();
  private final long begun = System.nanoTime();

  private GpuRun(GpuOptions options) {
    this.options = options;
    this.results = options.out().resolve("results");
  }

  /** Entry point of the process. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    try {
      System.exit(new GpuRun(GpuOptions.parse(arguments)).run());
    } catch (UsageException e) {
      System.err.println("gpu: error: " + e.getMessage());
      System.exit(2);
    }
  }

  private int run() throws IOException, InterruptedException {
    Path logs = Files.createDirectories(options.out().resolve("logs"));
    Files.createDirectories(results);
    for (Path earlier : options.from()) {
      takeOver(earlier);
    }
    takeOver(options.out());
    StepRunner runner = new StepRunner(logs);
    List<Step> steps = Plan.of(options);
    if (!steps.isEmpty()) {
      JsonObject devices = devices(runner);
      if (options.target() == Target.GPU && !devices.get("gpu_usable").getAsBoolean()) {
        printShortfalls(devices);
        return 3;
      }
    }
    boolean fine = true;
    for (Step step : steps) {
      fine &= one(runner, step);
    }
    Path table = new Report(options, outcomes).write();
    System.out.println("table: " + table);
    return fine ? 0 : 1;
  }

  /** Takes the outcomes of an earlier call; those that succeeded count before others. */
  private void takeOver(Path out) throws IOException {
    Path folder = out.resolve("results");
    if (!Files.isDirectory(folder)) {
      throw new UsageException(out + ": has no results of an earlier call");
    }
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        StepOutcome outcome = StepOutcome.read(file);
        if (outcome.ok() || !outcomes.containsKey(outcome.name())) {
          outcomes.put(outcome.name(), outcome);
        }
      }
    }
    Path devices = out.resolve(Report.DEVICES);
    if (!out.equals(options.out()) && Files.exists(devices)) {
      Files.writeString(options.out().resolve(Report.DEVICES), Files.readString(devices));
    }
  }

  /** What the machine has, by {@code uvit devices}. */
  private JsonObject devices(StepRunner runner) throws IOException, InterruptedException {
    Path out = options.out().resolve("logs/devices.out");
    Step step =
        new Step(
            "devices",
            Stage.GOLDEN,
            OurJava.uvit(List.of("devices", "--json")),
            options.target().environment(),
            DEVICES_SECONDS,
            Optional.empty());
    // It prints JSON over many lines, so the outcome says "no JSON line" where all is well.
    StepOutcome outcome = runner.run(step, secondsFor(step));
    String text = Files.readString(out);
    if (!text.startsWith("{") || outcome.status() == StepOutcome.Status.TIMED_OUT) {
      throw new IOException("uvit devices: " + outcome.detail());
    }
    Files.writeString(options.out().resolve(Report.DEVICES), text);
    return JsonParser.parseString(text).getAsJsonObject();
  }

  private static void printShortfalls(JsonObject devices) {
    StringBuilder text =
        new StringBuilder("gpu: error: no GPU can be used here, wanted one, or --device cpu");
    for (JsonElement element : devices.getAsJsonArray("shortfalls")) {
      JsonObject shortfall = element.getAsJsonObject();
      text.append("\n  found ")
          .append(shortfall.get("found").getAsString())
          .append(", wanted ")
          .append(shortfall.get("wanted").getAsString());
    }
    System.err.println(text);
  }

  private boolean one(StepRunner runner, Step step) throws IOException, InterruptedException {
    StepOutcome before = outcomes.get(step.name());
    if (before != null && before.ok()) {
      System.out.println(step.name() + ": done before");
      return true;
    }
    Optional<StepOutcome> preferred = step.insteadOf().map(outcomes::get);
    if (preferred.isPresent() && preferred.get().ok()) {
      return true; // for when the larger batch does not fit
    }
    int seconds = secondsFor(step);
    StepOutcome outcome =
        seconds > 0
            ? runner.run(step, seconds)
            : StepOutcome.notRun(step, "the " + options.limitSeconds() + " s of --limit are over");
    outcomes.put(step.name(), outcome);
    outcome.write(results);
    new Report(options, outcomes).write();
    System.out.printf(
        Locale.ROOT,
        "%s: %s in %.1f s%s%n",
        step.name(),
        outcome.status().word(),
        outcome.seconds(),
        outcome.detail().isEmpty() ? "" : ": " + Report.lastWords(outcome.detail()));
    return outcome.ok();
  }

  private int secondsFor(Step step) {
    long gone = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun);
    return (int) Math.min(step.limitSeconds(), options.limitSeconds() - gone);
  }
}

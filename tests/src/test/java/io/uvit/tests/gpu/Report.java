package io.uvit.tests.gpu;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

/** The outcomes of steps as {@code table.md} and {@code table.json}. */
final class Report {
  /** What the machine has, in the folder of results. */
  static final String DEVICES = "devices.json";

  private static final Gson GSON = new GsonBuilder().setPrettyPrinting().create();
  private static final int LONGEST_LINE = 200;
  private static final Pattern ERROR = Pattern.compile("[Ee]rror|Exception");

  private final GpuOptions options;
  private final Map<String, StepOutcome> outcomes;
  private final List<Comparison> comparisons;

  Report(GpuOptions options, Map<String, StepOutcome> outcomes) {
    this.options = options;
    this.outcomes = outcomes;
    this.comparisons =
        options.scale().workloads().stream()
            .map(workload -> Comparison.of(workload, options.target(), outcomes))
            .toList();
  }

  /** Writes both files and returns the one for people. */
  Path write() throws IOException {
    Files.writeString(options.out().resolve("table.json"), GSON.toJson(json()) + "\n");
    return Files.writeString(options.out().resolve("table.md"), markdown());
  }

  private JsonObject json() throws IOException {
    JsonObject json = new JsonObject();
    json.addProperty("date", LocalDate.now().toString());
    json.addProperty("device", options.target().ours());
    json.addProperty("scale", options.scale().name().toLowerCase(Locale.ROOT));
    json.addProperty("java", System.getProperty("java.version"));
    devices().ifPresent(devices -> json.add("machine", devices));
    JsonArray golden = new JsonArray();
    JsonArray problems = new JsonArray();
    for (StepOutcome outcome : outcomes.values()) {
      if (outcome.stage() == Stage.GOLDEN) {
        golden.add(outcome.figures());
      }
      if (!outcome.ok()) {
        JsonObject problem = new JsonObject();
        problem.addProperty("step", outcome.name());
        problem.addProperty("status", outcome.status().word());
        problem.addProperty("detail", outcome.detail());
        problems.add(problem);
      }
    }
    json.add("golden", golden);
    JsonArray steps = new JsonArray();
    comparisons.forEach(comparison -> steps.add(comparison.toJson()));
    json.add("steps", steps);
    json.add("problems", problems);
    return json;
  }

  private Optional<JsonObject> devices() throws IOException {
    Path file = options.out().resolve(DEVICES);
    return Files.exists(file)
        ? Optional.of(JsonParser.parseString(Files.readString(file)).getAsJsonObject())
        : Optional.empty();
  }

  private String markdown() throws IOException {
    StringBuilder text = new StringBuilder(machine());
    text.append("\n\n## Against the official code\n\n");
    text.append("| cases | passed | failed | skipped | s | |\n|---|---:|---:|---:|---:|---|\n");
    outcomes.values().stream()
        .filter(outcome -> outcome.stage() == Stage.GOLDEN)
        .forEach(outcome -> text.append(goldenRow(outcome)));
    text.append("\n## Beside PyTorch\n\n");
    text.append(
        "Milliseconds of a training step or of one of a sampling run's steps, with guidance where the network has classes. The ratio "
            + "is of times for an image, ours over PyTorch's faster way: below 1 we are faster. Share of peak: of the rate of "
            + "plain products in the same process.\n\n");
    text.append(
        "| step | network | batch | type | ours, ms | images/s | eager, ms | compiled, ms | ours : best | a run, s | PyTorch's | memory, MB "
            + "| PyTorch's | share of peak |\n|---|---|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n");
    comparisons.forEach(comparison -> text.append(row(comparison)));
    text.append("\n## What did not succeed\n\n");
    List<StepOutcome> problems = outcomes.values().stream().filter(o -> !o.ok()).toList();
    if (problems.isEmpty()) {
      text.append("Nothing of what ran.\n");
    } else {
      text.append("| step | | s | last words |\n|---|---|---:|---|\n");
      problems.forEach(outcome -> text.append(problemRow(outcome)));
    }
    return text.toString();
  }

  private String machine() throws IOException {
    List<String> parts = new ArrayList<>();
    Optional<JsonObject> devices = devices();
    if (devices.isPresent()) {
      JsonObject nvidia = devices.get().getAsJsonObject("nvidia");
      for (JsonElement card : nvidia.getAsJsonArray("cards")) {
        parts.add(card.getAsJsonObject().get("name").getAsString());
      }
      if (nvidia.has("driver")) {
        parts.add("driver " + nvidia.get("driver").getAsString());
      }
      JsonObject cpu = devices.get().getAsJsonObject("cpu");
      if (cpu.has("model")) {
        parts.add(cpu.get("model").getAsString());
      }
      parts.add(cpu.get("processors").getAsString() + " processors");
    }
    parts.add("Java " + System.getProperty("java.version"));
    parts.add("TensorFlow Java 1.1.0 (TensorFlow 2.18)");
    comparisons.stream()
        .map(Comparison::best)
        .flatMap(Optional::stream)
        .filter(peer -> peer.has("torch"))
        .findFirst()
        .ifPresent(peer -> parts.add("PyTorch " + peer.get("torch").getAsString()));
    return "# On the "
        + options.target().name()
        + "\n\n"
        + String.join(", ", parts)
        + "; "
        + LocalDate.now()
        + "."
        + (options.scale() == Scale.TINY
            ? " A small network, to try the scripts: its times say nothing."
            : "");
  }

  private static String goldenRow(StepOutcome outcome) {
    Optional<JsonObject> figures = Optional.of(outcome.figures());
    return String.format(
        Locale.ROOT,
        "| %s | %s | %s | %s | %.0f | %s |%n",
        outcome.name().substring(Stage.GOLDEN.word().length() + 1),
        text("%.0f", Comparison.figure(figures, "passed")),
        text("%.0f", Comparison.figure(figures, "failed")),
        text("%.0f", Comparison.figure(figures, "skipped")),
        outcome.seconds(),
        outcome.status().word());
  }

  private static String row(Comparison c) {
    String network = "`" + c.workload().bench().config() + "`";
    return String.format(
        Locale.ROOT,
        "| %s | %s | %d | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |%n",
        c.workload().bench().kind(),
        c.workload().variant().isEmpty() ? network : network + ", " + c.workload().variant(),
        c.workload().bench().batch(),
        c.workload().bench().dtype(),
        text("%,.1f", Comparison.figure(c.ours(), "ms_median")),
        text("%,.1f", Comparison.figure(c.ours(), "images_per_s")),
        peerMillis(c, c.eager()),
        peerMillis(c, c.compiled()),
        text("%.2f", c.ratio()),
        text("%.2f", c.runSeconds(c.ours())),
        text("%.2f", c.runSeconds(c.best())),
        text("%,.0f", Comparison.figure(c.ours(), c.memory())),
        text("%,.0f", Comparison.figure(c.best(), c.memory())),
        text("%.2f", Comparison.figure(c.ours(), "peak_share")));
  }

  /** With its batch where that is not ours. */
  private static String peerMillis(Comparison c, Optional<JsonObject> figures) {
    String millis = text("%,.1f", Comparison.figure(figures, "ms_median"));
    OptionalDouble batch = Comparison.figure(figures, "batch");
    return batch.isPresent() && batch.getAsDouble() != c.workload().bench().batch()
        ? millis + text(" (batch %.0f)", batch)
        : millis;
  }

  private static String problemRow(StepOutcome outcome) {
    return String.format(
        Locale.ROOT,
        "| %s | %s | %.0f | %s |%n",
        outcome.name(),
        outcome.status().word(),
        outcome.seconds(),
        lastWords(outcome.detail()).replace("|", "\\|"));
  }

  /** The last line of a text that tells of an error, or else its last line; at most so long. */
  static String lastWords(String text) {
    List<String> lines =
        text.lines().filter(line -> !line.isBlank() && !line.startsWith("\tat ")).toList();
    String last =
        lines.stream()
            .filter(line -> ERROR.matcher(line).find())
            .reduce((first, second) -> second)
            .orElse(lines.isEmpty() ? "" : lines.get(lines.size() - 1));
    return last.length() <= LONGEST_LINE ? last : last.substring(0, LONGEST_LINE) + "...";
  }

  private static String text(String format, OptionalDouble value) {
    return value.isPresent() ? String.format(Locale.ROOT, format, value.getAsDouble()) : "-";
  }
}

package io.uvit.tests.gpu;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A workload's figures beside the peer's.
 *
 * @param workload what was timed
 * @param memory name of the figure for peak memory
 * @param ours our figures, if they were taken
 * @param eager the peer's, of the largest batch that succeeded
 * @param compiled the same with its compiler
 */
record Comparison(
    Workload workload,
    String memory,
    Optional<JsonObject> ours,
    Optional<JsonObject> eager,
    Optional<JsonObject> compiled) {

  /** Collects what outcomes have of a workload. */
  static Comparison of(Workload workload, Target target, Map<String, StepOutcome> outcomes) {
    return new Comparison(
        workload,
        target == Target.GPU ? "peak_gpu_mb" : "peak_rss_mb",
        figures(outcomes, workload.name()),
        peer(workload, false, outcomes),
        peer(workload, true, outcomes));
  }

  private static Optional<JsonObject> peer(
      Workload workload, boolean compiled, Map<String, StepOutcome> outcomes) {
    return workload.peerBatches().stream()
        .map(batch -> figures(outcomes, Plan.peerName(workload, compiled, batch)))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static Optional<JsonObject> figures(Map<String, StepOutcome> outcomes, String name) {
    return Optional.ofNullable(outcomes.get(name))
        .filter(StepOutcome::ok)
        .map(StepOutcome::figures);
  }

  /** The peer's faster way, by images a second. */
  Optional<JsonObject> best() {
    if (eager.isEmpty() || compiled.isEmpty()) {
      return eager.or(() -> compiled);
    }
    return rate(eager.get()) >= rate(compiled.get()) ? eager : compiled;
  }

  /** Our time for an image over the peer's: below 1 we are faster. */
  OptionalDouble ratio() {
    return ours.isPresent() && best().isPresent()
        ? OptionalDouble.of(rate(best().get()) / rate(ours.get()))
        : OptionalDouble.empty();
  }

  /** Seconds of a whole sampling run; empty for training. */
  OptionalDouble runSeconds(Optional<JsonObject> figures) {
    return workload.solverSteps() > 0 && figures.isPresent()
        ? OptionalDouble.of(
            workload.solverSteps() * figures.get().get("ms_median").getAsDouble() / 1000)
        : OptionalDouble.empty();
  }

  private static double rate(JsonObject figures) {
    return figures.get("images_per_s").getAsDouble();
  }

  /** A figure; empty where it was not taken or is null. */
  static OptionalDouble figure(Optional<JsonObject> figures, String name) {
    JsonElement value = figures.map(f -> f.get(name)).orElse(JsonNull.INSTANCE);
    return value == null || value.isJsonNull()
        ? OptionalDouble.empty()
        : OptionalDouble.of(value.getAsDouble());
  }

  /** The same as JSON; what was not taken is left out. */
  JsonObject toJson() {
    JsonObject json = new JsonObject();
    json.addProperty("step", workload.bench().kind());
    json.addProperty("network", workload.bench().config());
    json.addProperty("variant", workload.variant());
    json.addProperty("batch", workload.bench().batch());
    json.addProperty("dtype", workload.bench().dtype());
    if (workload.solverSteps() > 0) {
      json.addProperty("solver_steps", workload.solverSteps());
    }
    ours.ifPresent(figures -> json.add("ours", figures));
    eager.ifPresent(figures -> json.add("peer_eager", figures));
    compiled.ifPresent(figures -> json.add("peer_compiled", figures));
    ratio().ifPresent(ratio -> json.addProperty("time_per_image_ours_to_best", round(ratio)));
    OptionalDouble mine = figure(ours, memory);
    OptionalDouble theirs = figure(best(), memory);
    if (mine.isPresent() && theirs.isPresent()) {
      json.addProperty("memory_ours_to_best", round(mine.getAsDouble() / theirs.getAsDouble()));
    }
    runSeconds(ours).ifPresent(seconds -> json.addProperty("run_seconds_ours", round(seconds)));
    runSeconds(best()).ifPresent(seconds -> json.addProperty("run_seconds_best", round(seconds)));
    return json;
  }

  private static double round(double value) {
    return Math.round(value * 1000) / 1000.0;
  }
}

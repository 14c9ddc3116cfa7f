package io.uvit.runner.bench;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.uvit.config.v1.Experiment;
import io.uvit.runner.metrics.MemoryUse;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * What was measured of one kind of step.
 *
 * @param kind what a step is
 * @param experiment resolved
 * @param batch images of a step
 * @param times of a step
 * @param flops floating-point operations of a step's products; empty where a step has none
 * @param peakFlops of large matrix products in this process, a second; empty like {@code flops}
 * @param peakGpuBytes most memory of a GPU that tensors take at once within a step; empty on a CPU,
 *     where it cannot be told, and where a step has no products
 */
public record Measurement(
    BenchKind kind,
    Experiment experiment,
    int batch,
    StepTimes times,
    OptionalLong flops,
    OptionalDouble peakFlops,
    OptionalLong peakGpuBytes) {

  /** One JSON object; milliseconds, bytes in MB (2^20), rates a second. */
  public JsonObject toJson() {
    JsonObject line = new JsonObject();
    line.addProperty("kind", kind.word());
    line.addProperty("config", experiment.getName());
    line.addProperty("batch", batch);
    line.addProperty("dtype", BenchKind.word(experiment.getRuntime().getPrecision()));
    line.addProperty("device", BenchKind.word(experiment.getRuntime().getDevice()));
    line.addProperty("xla", experiment.getRuntime().getXla());
    line.addProperty("ms_median", rounded(times.medianMillis(), 2));
    line.addProperty("ms_min", rounded(times.minMillis(), 2));
    line.addProperty("ms_max", rounded(times.maxMillis(), 2));
    line.addProperty("images_per_s", rounded(1e3 * batch / typicalMillis(), 3));
    line.addProperty("cpu_share", rounded(times.cpuShare(), 2));
    line.addProperty("peak_rss_mb", MemoryUse.now().peakResident() >> 20);
    line.add(
        "peak_gpu_mb",
        peakGpuBytes.isPresent()
            ? new JsonPrimitive(peakGpuBytes.getAsLong() >> 20)
            : JsonNull.INSTANCE);
    if (flops.isPresent()) {
      double rate = flops.getAsLong() / (times.medianMillis() / 1e3);
      line.addProperty("gflop_per_step", rounded(flops.getAsLong() / 1e9, 3));
      line.addProperty("gflop_per_s", rounded(rate / 1e9, 1));
      line.addProperty("product_gflop_per_s", rounded(peakFlops.orElseThrow() / 1e9, 1));
      line.addProperty("peak_share", rounded(rate / peakFlops.orElseThrow(), 3));
    }
    return line;
  }

  /**
   * Batches that are filled ahead come several at a time, after a wait for the first of them, so
   * that only their mean says how fast they come.
   */
  private double typicalMillis() {
    return kind == BenchKind.DATA ? times.meanMillis() : times.medianMillis();
  }

  private static double rounded(double value, int digits) {
    double scale = Math.pow(10, digits);
    return Math.round(value * scale) / scale;
  }
}

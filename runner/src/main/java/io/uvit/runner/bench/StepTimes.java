package io.uvit.runner.bench;

import java.lang.management.ManagementFactory;
import java.util.Arrays;

/**
 * How long repeated steps took.
 *
 * @param medianMillis of the steps, milliseconds
 * @param minMillis the shortest
 * @param maxMillis the longest
 * @param meanMillis of the steps: of all time over all steps
 * @param cpuShare CPU time of the process over wall time and cores, in [0, 1]: well under 1 where
 *     another process was in the way, or the work leaves cores idle
 */
public record StepTimes(
    double medianMillis, double minMillis, double maxMillis, double meanMillis, double cpuShare) {

  /** Something to measure. */
  @FunctionalInterface
  public interface Step {
    /** Does it once. */
    void run() throws Exception;
  }

  /**
   * Runs a step some times without and then with a clock.
   *
   * @param warmUp steps that do not count, >= 0
   * @param steps steps that count, >= 1
   * @throws Exception what the step throws
   */
  public static StepTimes measure(int warmUp, int steps, Step step) throws Exception {
    for (int i = 0; i < warmUp; i++) {
      step.run();
    }
    double[] millis = new double[steps];
    long cpu = cpuNanos();
    long begun = System.nanoTime();
    for (int i = 0; i < steps; i++) {
      long start = System.nanoTime();
      step.run();
      millis[i] = (System.nanoTime() - start) / 1e6;
    }
    double wall = System.nanoTime() - begun;
    int cores = Runtime.getRuntime().availableProcessors();
    return of(millis, Math.min(1, (cpuNanos() - cpu) / wall / cores));
  }

  /** The figures of measured steps. */
  static StepTimes of(double[] millis, double cpuShare) {
    double[] sorted = millis.clone();
    Arrays.sort(sorted);
    int n = sorted.length;
    return new StepTimes(
        (sorted[(n - 1) / 2] + sorted[n / 2]) / 2,
        sorted[0],
        sorted[n - 1],
        Arrays.stream(sorted).average().orElseThrow(),
        cpuShare);
  }

  /** The same figures for a part of what was measured: 1/parts of the time. */
  StepTimes dividedBy(int parts) {
    return new StepTimes(
        medianMillis / parts, minMillis / parts, maxMillis / parts, meanMillis / parts, cpuShare);
  }

  private static long cpuNanos() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }
}

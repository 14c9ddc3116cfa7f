package io.uvit.graph.sampler;

import io.uvit.graph.diffusion.NoiseSchedule;

/** How the times of a solver lie between its start and its end. */
public enum TimeGrid {
  /** Evenly in time ({@code time_uniform}). */
  UNIFORM_TIME {
    @Override
    double interior(NoiseSchedule schedule, double start, double end, double fraction) {
      return start + (end - start) * fraction;
    }
  },
  /** Evenly in log-SNR ({@code logSNR}). */
  UNIFORM_LOG_SNR {
    @Override
    double interior(NoiseSchedule schedule, double start, double end, double fraction) {
      double from = schedule.lambda(start);
      return schedule.inverseLambda(from + (schedule.lambda(end) - from) * fraction);
    }
  },
  /**
   * Evenly in the root of time ({@code time_quadratic} of dpm-solver, {@code t2} of {@code
   * dpm_solver_pp.py}).
   */
  QUADRATIC {
    @Override
    double interior(NoiseSchedule schedule, double start, double end, double fraction) {
      return squareOfRootAt(start, end, fraction);
    }
  },
  /**
   * {@link #QUADRATIC} rounded up to a multiple of (start - end) / 9,999,999 above the end: what
   * the official U-ViT files call {@code time_quadratic}, which look the times up in a table of ten
   * million.
   */
  QUADRATIC_TABLE {
    @Override
    double interior(NoiseSchedule schedule, double start, double end, double fraction) {
      double spacing = (start - end) / (TABLE_SIZE - 1);
      return end + Math.ceil((squareOfRootAt(start, end, fraction) - end) / spacing) * spacing;
    }
  };

  private static final int TABLE_SIZE = 10_000_000;

  abstract double interior(NoiseSchedule schedule, double start, double end, double fraction);

  private static double squareOfRootAt(double start, double end, double fraction) {
    double root = Math.sqrt(start) + (Math.sqrt(end) - Math.sqrt(start)) * fraction;
    return root * root;
  }

  /**
   * The {@code intervals + 1} times from {@code start} down to {@code end}, both exact.
   *
   * @throws IllegalArgumentException if intervals &lt; 1 or not 0 &lt; end &lt; start
   */
  public double[] nodes(NoiseSchedule schedule, double start, double end, int intervals) {
    if (intervals < 1) {
      throw new IllegalArgumentException(
          "time grid: found " + intervals + " intervals, wanted at least 1");
    }
    if (!(end > 0 && end < start)) {
      throw new IllegalArgumentException(
          "time grid: found start " + start + ", end " + end + ", wanted 0 < end < start");
    }
    double[] nodes = new double[intervals + 1];
    nodes[0] = start;
    nodes[intervals] = end;
    for (int i = 1; i < intervals; i++) {
      nodes[i] = interior(schedule, start, end, (double) i / intervals);
    }
    return nodes;
  }
}

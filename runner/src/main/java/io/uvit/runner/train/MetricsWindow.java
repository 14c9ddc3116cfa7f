package io.uvit.runner.train;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * Means over the steps since the last log line. Its sums travel in the checkpoint, so that a
 * resumed run logs the same numbers as an uninterrupted one.
 */
public final class MetricsWindow {
  /** Ranges of the schedule that losses are reported for: [0, 0.1), [0.1, 0.2), ... */
  public static final int BINS = 10;

  private long steps;
  private double loss;
  private double gradientNorm;
  private long skipped;
  private final double[] binLoss = new double[BINS];
  private final long[] binCount = new long[BINS];

  /** Adds a step; of one that was skipped only the fact. */
  public void add(StepResult step) {
    if (!step.finite()) {
      skipped++;
      return;
    }
    steps++;
    loss += step.loss();
    gradientNorm += step.gradientNorm();
    for (int i = 0; i < step.lossPerImage().length; i++) {
      int bin = Math.min(BINS - 1, (int) (step.unitTime()[i] * BINS));
      binLoss[bin] += step.lossPerImage()[i];
      binCount[bin]++;
    }
  }

  /** Mean of what is optimised; NaN without a finite step. */
  public double loss() {
    return loss / steps;
  }

  /** Mean gradient norm; NaN without a finite step. */
  public double gradientNorm() {
    return gradientNorm / steps;
  }

  /** Steps skipped in the window. */
  public long skipped() {
    return skipped;
  }

  /**
   * Mean square error of each tenth of the schedule, without weights, so that runs can be compared;
   * NaN where no image fell.
   */
  public double[] lossByNoise() {
    double[] means = new double[BINS];
    for (int i = 0; i < BINS; i++) {
      means[i] = binLoss[i] / binCount[i];
    }
    return means;
  }

  /** Starts a new window. */
  public void reset() {
    steps = 0;
    loss = 0;
    gradientNorm = 0;
    skipped = 0;
    Arrays.fill(binLoss, 0);
    Arrays.fill(binCount, 0);
  }

  /** The sums as text; doubles in their exact shortest form. */
  public String save() {
    return steps
        + " "
        + loss
        + " "
        + gradientNorm
        + " "
        + skipped
        + " "
        + Arrays.stream(binLoss).mapToObj(Double::toString).collect(Collectors.joining(" "))
        + " "
        + Arrays.stream(binCount).mapToObj(Long::toString).collect(Collectors.joining(" "));
  }

  /**
   * Takes over sums written by {@link #save}.
   *
   * @throws IllegalArgumentException if the text is not such sums
   */
  public void restore(String text) {
    String[] parts = text.split(" ");
    if (parts.length != 4 + 2 * BINS) {
      throw new IllegalArgumentException(
          "metrics window: found " + parts.length + " numbers, wanted " + (4 + 2 * BINS));
    }
    steps = Long.parseLong(parts[0]);
    loss = Double.parseDouble(parts[1]);
    gradientNorm = Double.parseDouble(parts[2]);
    skipped = Long.parseLong(parts[3]);
    for (int i = 0; i < BINS; i++) {
      binLoss[i] = Double.parseDouble(parts[4 + i]);
      binCount[i] = Long.parseLong(parts[4 + BINS + i]);
    }
  }
}

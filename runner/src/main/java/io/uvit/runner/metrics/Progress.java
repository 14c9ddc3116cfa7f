package io.uvit.runner.metrics;

import java.io.PrintStream;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Shows how far a run of many steps is: step, value, speed, time left, memory.
 *
 * <p>On a terminal one line is drawn anew at most ten times a second, each time by a single write
 * that starts with a carriage return and covers what the line before left. Elsewhere a plain line
 * is printed at most every ten seconds, and for the first and last step.
 *
 * <p><b>Threads</b>: safe. <b>Resources</b>: close ends the line; the stream is the caller's.
 */
public final class Progress implements AutoCloseable {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final long REDRAW_NANOS = NANOS_PER_SECOND / 10;
  private static final long PLAIN_NANOS = 10 * NANOS_PER_SECOND;
  private static final double SMOOTHING_SECONDS = 30;

  private final PrintStream out;
  private final ProgressStyle style;
  private final String title;
  private final long totalSteps;
  private final LongSupplier nanoTime;
  private final Supplier<MemoryUse> memory;
  private final SmoothedRate steps = new SmoothedRate(SMOOTHING_SECONDS);
  private final SmoothedRate images = new SmoothedRate(SMOOTHING_SECONDS);
  private long lastStep;
  private long lastNanos;
  private long shownNanos;
  private long shownStep = -1;
  private int shownWidth;
  private String line = "";

  /**
   * Starts the clock of the first step.
   *
   * @param title what is done, such as {@code train}
   * @param doneSteps steps finished before, 0 or where a resumed run starts
   * @param totalSteps the last step's number
   */
  public Progress(
      PrintStream out, ProgressStyle style, String title, long doneSteps, long totalSteps) {
    this(out, style, title, doneSteps, totalSteps, System::nanoTime, MemoryUse::now);
  }

  Progress(
      PrintStream out,
      ProgressStyle style,
      String title,
      long doneSteps,
      long totalSteps,
      LongSupplier nanoTime,
      Supplier<MemoryUse> memory) {
    this.out = out;
    this.style = style;
    this.title = title;
    this.totalSteps = totalSteps;
    this.nanoTime = nanoTime;
    this.memory = memory;
    this.lastStep = doneSteps;
    this.lastNanos = nanoTime.getAsLong();
  }

  /**
   * Says that a step is finished.
   *
   * @param step its number; the steps since the last call count for the speed
   * @param moreImages images worked on since the last call
   * @param value what to show of the step, such as {@code loss 0.0551}; may be empty
   */
  public synchronized void update(long step, long moreImages, String value) {
    long now = nanoTime.getAsLong();
    double seconds = (now - lastNanos) / (double) NANOS_PER_SECOND;
    steps.add(step - lastStep, seconds);
    images.add(moreImages, seconds);
    lastStep = step;
    lastNanos = now;
    long pause = style.redraws() ? REDRAW_NANOS : PLAIN_NANOS;
    if (shownStep < 0 || step >= totalSteps || now - shownNanos >= pause) {
      shownNanos = now;
      shownStep = step;
      show(step, value);
    }
  }

  /** Prints a line of its own above the progress line. */
  public synchronized void note(String text) {
    if (shownWidth > 0) {
      out.print("\r" + padded(text) + System.lineSeparator());
      shownWidth = 0;
      draw();
    } else {
      out.println(text);
    }
    out.flush();
  }

  /** Ends the progress line; a second call does nothing. */
  @Override
  public synchronized void close() {
    if (shownWidth > 0) {
      out.println();
      out.flush();
      shownWidth = 0;
    }
  }

  private void show(long step, String value) {
    ProgressText text =
        new ProgressText(
            title,
            step,
            totalSteps,
            value,
            images.perSecond(),
            secondsLeft(step),
            memory.get().resident());
    if (style.redraws()) {
      line = text.fitted(style.columns() - 1); // the last column would wrap some terminals
      draw();
    } else {
      out.println(text.plain());
    }
    out.flush();
  }

  private void draw() {
    out.print("\r" + padded(line));
    shownWidth = line.length();
  }

  /** Covers what is left of a longer line. */
  private String padded(String text) {
    return text + " ".repeat(Math.max(0, shownWidth - text.length()));
  }

  private double secondsLeft(long step) {
    double rate = steps.perSecond();
    return rate > 0 ? Math.max(0, totalSteps - step) / rate : Double.NaN;
  }
}

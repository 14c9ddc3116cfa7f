package io.uvit.runner.train;

import io.uvit.config.ConfigPrinter;
import io.uvit.config.v1.Experiment;
import io.uvit.runner.image.ByteImage;
import io.uvit.runner.image.Png;
import io.uvit.runner.metrics.EventFileWriter;
import io.uvit.runner.metrics.MetricsLine;
import io.uvit.runner.metrics.MetricsLog;
import io.uvit.runner.metrics.Progress;
import io.uvit.runner.metrics.ProgressStyle;
import io.uvit.savedmodels.checkpoint.AtomicFiles;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Writes a run's metrics file, TensorBoard events, preview pictures and progress.
 *
 * <p><b>Threads</b>: as {@link TrainListener} says: after {@link #started} previews and checkpoints
 * may be told by threads of their own.
 */
public final class RunLog implements TrainListener, AutoCloseable {
  private final RunDirectory directory;
  private final Experiment experiment;
  private final PrintStream out;
  private final ProgressStyle style;
  private MetricsLog metrics;
  private EventFileWriter events;
  private Progress progress;

  /**
   * @param out where progress goes
   * @param style bar or plain lines
   */
  public RunLog(
      RunDirectory directory, Experiment experiment, PrintStream out, ProgressStyle style) {
    this.directory = directory;
    this.experiment = experiment;
    this.out = out;
    this.style = style;
  }

  @Override
  public void started(long step) throws IOException {
    Files.createDirectories(directory.samples());
    metrics = MetricsLog.open(directory.metrics(), step);
    events = EventFileWriter.open(directory.events(), step);
    events.preformatted("experiment", step, ConfigPrinter.toText(experiment));
    progress = new Progress(out, style, "train", step, experiment.getTrain().getSteps());
  }

  @Override
  public void stepped(long step, StepResult result) {
    progress.update(
        step,
        experiment.getTrain().getBatchSize(),
        String.format(Locale.ROOT, "loss %.4f", result.loss()));
    if (!result.finite()) {
      progress.note("step " + step + ": " + notFinite(result) + ", update skipped");
    }
  }

  private static String notFinite(StepResult result) {
    return result.overflowed()
        ? "gradient not finite at loss scale %.0f".formatted(result.lossScale().getAsDouble())
        : "loss or gradient not finite";
  }

  @Override
  public void logged(MetricsLine line) throws IOException {
    metrics.append(line);
    events.scalars("train/", line);
    events.flush();
  }

  @Override
  public void previewed(long step, ByteImage grid) throws IOException {
    Path file = directory.preview(step);
    byte[] png = Png.encode(grid);
    AtomicFiles.write(file, png);
    events.image("preview", step, png);
    events.flush();
    progress.note("preview " + file);
  }

  @Override
  public void checkpointing(long step) throws IOException {
    metrics.sync();
    events.flush();
  }

  @Override
  public void checkpointed(long step, Path folder) {
    progress.note("checkpoint " + folder);
  }

  @Override
  public void close() throws IOException {
    if (progress != null) {
      progress.close();
    }
    if (events != null) {
      events.close();
    }
    if (metrics != null) {
      metrics.close();
    }
  }
}

package io.uvit.runner.metrics;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Writes a TensorBoard event file: scalars, PNG images and text by tag and step.
 *
 * <p>Each opening makes a new file, named after all that are in the folder, since TensorBoard reads
 * a folder's files in the order of their names. A run that goes on from step k starts its file with
 * a session log that tells TensorBoard to drop what earlier files say of steps after k.
 *
 * <p><b>Resources</b>: whoever opens closes. <b>Threads</b>: safe.
 */
public final class EventFileWriter implements AutoCloseable {
  private static final Pattern NAME = Pattern.compile("events\\.out\\.tfevents\\.([0-9]{10})\\..*");

  private final Path file;
  private final OutputStream out;
  private final TfRecordWriter records;
  private final Clock clock;

  private EventFileWriter(Path file, OutputStream out, Clock clock) {
    this.file = file;
    this.out = out;
    this.records = new TfRecordWriter(out);
    this.clock = clock;
  }

  /** As {@link #open(Path, long, Clock)} with the system's clock. */
  public static EventFileWriter open(Path folder, long resumeStep) throws IOException {
    return open(folder, resumeStep, Clock.systemUTC());
  }

  /**
   * Creates a new event file in {@code folder}, which is made when it is missing.
   *
   * @param resumeStep finished steps that the run goes on from; 0 for a run from the start
   */
  public static EventFileWriter open(Path folder, long resumeStep, Clock clock) throws IOException {
    Files.createDirectories(folder);
    long second = Math.max(clock.instant().getEpochSecond(), newestSecond(folder) + 1);
    Path file =
        folder.resolve(
            "events.out.tfevents.%010d.uvit.%d.0".formatted(second, ProcessHandle.current().pid()));
    OutputStream stream;
    try {
      stream = Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    } catch (FileAlreadyExistsException e) {
      throw new IOException(file + ": made by another writer at this moment; is one running?", e);
    }
    EventFileWriter writer = new EventFileWriter(file, new BufferedOutputStream(stream), clock);
    try {
      writer.write(EventMessages.fileVersion(writer.wallTime()));
      writer.write(EventMessages.sessionStart(writer.wallTime(), resumeStep + 1));
      writer.flush();
      return writer;
    } catch (IOException e) {
      writer.out.close();
      throw e;
    }
  }

  private static long newestSecond(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .map(entry -> NAME.matcher(entry.getFileName().toString()))
          .filter(Matcher::matches)
          .mapToLong(name -> Long.parseLong(name.group(1)))
          .max()
          .orElse(-1);
    }
  }

  /** The file being written. */
  public Path file() {
    return file;
  }

  /** Writes one number; it is stored as float32. */
  public void scalar(String tag, long step, double value) throws IOException {
    summary(step, List.of(EventMessages.scalar(tag, value)));
  }

  /** Writes every number of a metrics line under {@code prefix + name}, as one event. */
  public void scalars(String prefix, MetricsLine line) throws IOException {
    List<ProtoMessage> values = new ArrayList<>();
    line.scalars().forEach((name, value) -> values.add(EventMessages.scalar(prefix + name, value)));
    summary(line.step(), values);
  }

  /**
   * Writes a picture.
   *
   * @param png a PNG file's bytes
   * @throws IllegalArgumentException when they do not start as a PNG file does
   */
  public void image(String tag, long step, byte[] png) throws IOException {
    summary(step, List.of(EventMessages.image(tag, PngHeader.read(png), png)));
  }

  /** Writes a text that TensorBoard shows as Markdown. */
  public void text(String tag, long step, String markdown) throws IOException {
    summary(step, List.of(EventMessages.text(tag, markdown)));
  }

  /** Writes a text shown as it is, such as a resolved config: a Markdown code block. */
  public void preformatted(String tag, long step, String text) throws IOException {
    text(tag, step, text.indent(4));
  }

  private void summary(long step, List<ProtoMessage> values) throws IOException {
    write(EventMessages.summary(wallTime(), step, values));
  }

  /** Seconds since 1970. */
  private double wallTime() {
    Instant now = clock.instant();
    return now.getEpochSecond() + now.getNano() * 1e-9;
  }

  private synchronized void write(ProtoMessage event) throws IOException {
    records.write(event.toByteArray());
  }

  /** Hands all events to the operating system; TensorBoard sees them from then on. */
  public synchronized void flush() throws IOException {
    out.flush();
  }

  /** Flushes and closes the file. */
  @Override
  public synchronized void close() throws IOException {
    out.close();
  }
}

package io.uvit.runner.metrics;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The append-only {@code metrics.jsonl} of a run: one JSON object a line, steps strictly rising.
 *
 * <p>Opening it for a run that goes on from step k cuts away the lines after k, and a last line
 * that was being written when the process ended, so that the finished file has the lines of an
 * uninterrupted run.
 *
 * <p><b>Resources</b>: whoever opens closes. <b>Threads</b>: safe.
 */
public final class MetricsLog implements AutoCloseable {
  private final Path file;
  private final FileChannel channel;
  private long lastStep;

  private MetricsLog(Path file, FileChannel channel, long lastStep) {
    this.file = file;
    this.channel = channel;
    this.lastStep = lastStep;
  }

  /**
   * Opens or creates the file for a run that goes on after {@code resumeStep} finished steps.
   *
   * @param resumeStep 0 for a run from the start: all lines of steps from 1 are cut away
   * @throws IOException also when a line before the last is not a metrics line: nothing is cut then
   */
  public static MetricsLog open(Path file, long resumeStep) throws IOException {
    Kept kept = Files.exists(file) ? keep(file, resumeStep) : new Kept(0, -1);
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      channel.truncate(kept.bytes());
      channel.position(kept.bytes());
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    return new MetricsLog(file, channel, kept.lastStep());
  }

  /**
   * Appends a line and hands it to the operating system at once.
   *
   * @throws IllegalArgumentException when the step is not above the last line's
   */
  public synchronized void append(MetricsLine line) throws IOException {
    if (line.step() <= lastStep) {
      throw new IllegalArgumentException(
          "%s: step of a new line, found %d, wanted more than %d"
              .formatted(file, line.step(), lastStep));
    }
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(line.toJson() + "\n");
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    lastStep = line.step();
  }

  /**
   * Forces the lines to the device. To be called before a checkpoint is committed: a resumed run
   * does not write the lines up to its checkpoint again.
   */
  public synchronized void sync() throws IOException {
    channel.force(false);
  }

  /** Closes the file; a second call does nothing. */
  @Override
  public synchronized void close() throws IOException {
    channel.close();
  }

  /**
   * Reads a whole file.
   *
   * @throws IOException also when a line is not a metrics line
   */
  public static List<JsonObject> read(Path file) throws IOException {
    List<JsonObject> lines = new ArrayList<>();
    long last = -1;
    for (String text : Files.readAllLines(file)) {
      Optional<JsonObject> line = parse(text, last);
      if (line.isEmpty()) {
        throw malformed(file, lines.size() + 1, text);
      }
      last = step(line.get());
      lines.add(line.get());
    }
    return lines;
  }

  /** Returns a copy of a line without the values that {@link MetricsLine#TIMING} names. */
  public static JsonObject withoutTiming(JsonObject line) {
    JsonObject rest = line.deepCopy();
    MetricsLine.TIMING.forEach(rest::remove);
    return rest;
  }

  /** The part of a file that stays: its length and its last step (-1 for none). */
  private record Kept(long bytes, long lastStep) {}

  private static Kept keep(Path file, long resumeStep) throws IOException {
    Kept kept = new Kept(0, -1);
    String malformed = null;
    int number = 0;
    long end = 0;
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      for (byte[] line = nextLine(in); line.length > 0; line = nextLine(in)) {
        end += line.length;
        Optional<JsonObject> json = parseWhole(line, kept.lastStep());
        if (json.isEmpty()) {
          number += malformed == null ? 1 : 0;
          malformed = malformed == null ? new String(line, StandardCharsets.UTF_8) : malformed;
          continue;
        }
        if (malformed != null) {
          throw malformed(file, number, malformed);
        }
        number++;
        if (step(json.get()) > resumeStep) {
          break;
        }
        kept = new Kept(end, step(json.get()));
      }
    }
    return kept;
  }

  /** Reads up to and with the next line end; empty at the end of the file. */
  private static byte[] nextLine(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b >= 0; b = in.read()) {
      line.write(b);
      if (b == '\n') {
        break;
      }
    }
    return line.toByteArray();
  }

  private static Optional<JsonObject> parseWhole(byte[] line, long lastStep) {
    return line[line.length - 1] == '\n'
        ? parse(new String(line, 0, line.length - 1, StandardCharsets.UTF_8), lastStep)
        : Optional.empty();
  }

  /** Returns the object of a line whose step is above {@code lastStep}; empty for anything else. */
  private static Optional<JsonObject> parse(String text, long lastStep) {
    try (JsonReader reader = new JsonReader(new StringReader(text))) {
      reader.setStrictness(Strictness.STRICT);
      JsonElement element = JsonParser.parseReader(reader);
      boolean whole = element.isJsonObject() && reader.peek() == JsonToken.END_DOCUMENT;
      return whole && step(element.getAsJsonObject()) > lastStep
          ? Optional.of(element.getAsJsonObject())
          : Optional.empty();
    } catch (IOException | JsonParseException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static long step(JsonObject line) {
    return line.get("step") != null && line.get("step").isJsonPrimitive()
        ? line.get("step").getAsLong()
        : -1;
  }

  private static IOException malformed(Path file, int number, String text) {
    String start = text.strip();
    return new IOException(
        "%s: line %d, found '%s', wanted a JSON object with a step above the line before"
            .formatted(file, number, start.substring(0, Math.min(60, start.length()))));
  }
}

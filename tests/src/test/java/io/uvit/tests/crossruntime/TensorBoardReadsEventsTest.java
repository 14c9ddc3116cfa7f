package io.uvit.tests.crossruntime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.uvit.runner.metrics.EventFileWriter;
import io.uvit.runner.metrics.MetricsLine;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * TensorBoard's own readers find in the event files what was written. Needs a Python with the
 * package {@code tensorboard}, named by the system property {@code uvit.python}.
 */
class TensorBoardReadsEventsTest {
  private static final String SCRIPT = "read_events.py";

  @TempDir Path temp;

  private static byte[] png(int width, int height) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    assertTrue(ImageIO.write(image, "png", bytes));
    return bytes.toByteArray();
  }

  @Test
  void interruptedAndResumedRunReadsAsOne() throws Exception {
    Path events = temp.resolve("events");
    byte[] png = png(12, 8);
    try (EventFileWriter first = EventFileWriter.open(events, 0)) {
      first.preformatted("experiment", 0, "seed: 1\nname: \"ü\"");
      for (long step = 10; step <= 40; step += 10) {
        first.scalars("train/", MetricsLine.at(step).put("loss", -1.0 * step));
      }
      first.image("samples", 20, png);
    } // and then it was killed; the last checkpoint was at step 25
    try (EventFileWriter second = EventFileWriter.open(events, 25)) {
      for (long step = 30; step <= 50; step += 10) {
        second.scalars("train/", MetricsLine.at(step).put("loss", 1.0 * step));
      }
      second.image("samples", 40, png);
    }
    JsonObject read = readWithTensorBoard(events);
    assertEquals(
        array("[[10,-10.0],[20,-20.0],[30,30.0],[40,40.0],[50,50.0]]"),
        read.getAsJsonObject("scalars").getAsJsonArray("train/loss"));
    String encoded = Base64.getEncoder().encodeToString(png);
    assertEquals(
        array("[[20,12,8,\"%s\"],[40,12,8,\"%s\"]]".formatted(encoded, encoded)),
        read.getAsJsonObject("images").getAsJsonArray("samples"));
    assertEquals(
        "[[0,\"    seed: 1\\n    name: \\\"ü\\\"\\n\"]]",
        read.getAsJsonObject("texts").getAsJsonArray("experiment").toString());
    assertEquals(
        JsonParser.parseString(
            "{\"scalars\":[\"train/loss\"],\"images\":[\"samples\"],\"text\":[\"experiment\"]}"),
        read.get("plugins"));
    assertEquals(
        array("[10,20,30,40,50]"),
        read.getAsJsonObject("served_steps").getAsJsonArray("train/loss"));
  }

  private static JsonArray array(String json) {
    return JsonParser.parseString(json).getAsJsonArray();
  }

  private JsonObject readWithTensorBoard(Path events) throws IOException, InterruptedException {
    String python = System.getProperty("uvit.python", "");
    assumeTrue(
        !python.isEmpty(), "skipped: -Duvit.python=PATH names no Python that has tensorboard");
    Path script = temp.resolve(SCRIPT);
    try (InputStream in = TensorBoardReadsEventsTest.class.getResourceAsStream(SCRIPT)) {
      Files.copy(in, script);
    }
    Path out = temp.resolve("out.json");
    Path err = temp.resolve("err.txt");
    Process process =
        new ProcessBuilder(List.of(python, script.toString(), events.toString()))
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    boolean ended = process.waitFor(5, TimeUnit.MINUTES);
    process.destroyForcibly();
    assertTrue(ended, "Python did not end within five minutes");
    assertEquals(0, process.exitValue(), Files.readString(err));
    return JsonParser.parseString(Files.readString(out, StandardCharsets.UTF_8)).getAsJsonObject();
  }
}

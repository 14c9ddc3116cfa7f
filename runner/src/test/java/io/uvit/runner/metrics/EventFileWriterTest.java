package io.uvit.runner.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.Event;
import org.tensorflow.proto.SessionLog;
import org.tensorflow.proto.Summary;

class EventFileWriterTest {
  private static final Clock NOON =
      Clock.fixed(Instant.parse("2026-01-01T12:00:00.250Z"), ZoneOffset.UTC);

  @TempDir Path folder;

  private static byte[] png(int width, int height, int type) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    assertTrue(ImageIO.write(new BufferedImage(width, height, type), "png", bytes));
    return bytes.toByteArray();
  }

  @Test
  void recordsAreFramedAndHoldWhatWasWritten() throws IOException {
    byte[] png = png(7, 5, BufferedImage.TYPE_INT_RGB);
    Path file;
    try (EventFileWriter events = EventFileWriter.open(folder.resolve("tb"), 0, NOON)) {
      file = events.file();
      events.scalar("loss", 10, 0.5);
      events.scalars(
          "train/",
          MetricsLine.at(20).put("loss", 0.25).put("by_noise", new double[] {1, Double.NaN, 3}));
      events.image("samples", 20, png);
      events.preformatted("config", 0, "a {\n  b: 1\n}");
    }
    List<Event> read = EventFiles.read(file);
    assertEquals("brain.Event:2", read.get(0).getFileVersion());
    assertEquals(
        Instant.parse("2026-01-01T12:00:00Z").getEpochSecond() + 0.25, read.get(0).getWallTime());
    assertEquals(SessionLog.SessionStatus.START, read.get(1).getSessionLog().getStatus());
    assertEquals(1, read.get(1).getStep());
    assertEquals(10, read.get(2).getStep());
    assertEquals(0.5f, read.get(2).getSummary().getValue(0).getSimpleValue());
    assertEquals(
        List.of("train/loss", "train/by_noise/0", "train/by_noise/2"),
        read.get(3).getSummary().getValueList().stream().map(Summary.Value::getTag).toList());
    Summary.Image image = read.get(4).getSummary().getValue(0).getImage();
    assertEquals(
        List.of(7, 5, 3), List.of(image.getWidth(), image.getHeight(), image.getColorspace()));
    assertArrayEquals(png, image.getEncodedImageString().toByteArray());
    Summary.Value text = read.get(5).getSummary().getValue(0);
    assertEquals("text", text.getMetadata().getPluginData().getPluginName());
    assertEquals(DataType.DT_STRING, text.getTensor().getDtype());
    assertEquals("    a {\n      b: 1\n    }\n", text.getTensor().getStringVal(0).toStringUtf8());
    assertEquals(6, read.size());
  }

  @Test
  void resumedRunWritesALaterFileThatPurgesFromTheNextStep() throws IOException {
    Path first;
    Path second;
    try (EventFileWriter events = EventFileWriter.open(folder, 0, NOON)) {
      first = events.file();
    }
    try (EventFileWriter events = EventFileWriter.open(folder, 500, NOON)) {
      second = events.file();
    }
    assertTrue(first.compareTo(second) < 0, first + " " + second);
    assertTrue(second.getFileName().toString().contains("tfevents"));
    assertEquals(501, EventFiles.read(second).get(1).getStep());
  }

  @Test
  void eventsAreSeenAfterFlush() throws IOException {
    try (EventFileWriter events = EventFileWriter.open(folder, 0, NOON)) {
      assertEquals(2, EventFiles.read(events.file()).size());
      events.scalar("loss", 1, 1);
      events.flush();
      assertEquals(3, EventFiles.read(events.file()).size());
    }
  }

  @ParameterizedTest
  @CsvSource({"1,3", "2,4", "10,1"}) // BufferedImage types RGB, ARGB, BYTE_GRAY
  void colourChannelsComeFromThePngHeader(int type, int channels) throws IOException {
    assertEquals(new PngHeader(3, 2, channels), PngHeader.read(png(3, 2, type)));
  }

  @Test
  void otherBytesAreNoPicture() {
    assertThrows(IllegalArgumentException.class, () -> PngHeader.read(new byte[100]));
    assertThrows(IllegalArgumentException.class, () -> PngHeader.read(new byte[3]));
  }

  @Test
  void checksumIsCrc32cOfTheCatalogue() {
    byte[] check = "123456789".getBytes(StandardCharsets.US_ASCII);
    assertEquals(0xe3069283, EventFiles.crc(check)); // CRC-32C check value, RFC 3720 polynomial
    int crc = 0xe3069283;
    assertEquals(
        ((crc >>> 15) | (crc << 17)) + 0xa282ead8, TfRecordWriter.maskedCrc(check, check.length));
  }
}

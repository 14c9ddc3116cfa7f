package io.uvit.runner.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProgressTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private long nanos;

  private Progress progress(boolean redraws, int columns, long done, long total) {
    return new Progress(
        new PrintStream(bytes, true, StandardCharsets.UTF_8),
        new ProgressStyle(redraws, columns),
        "train",
        done,
        total,
        () -> nanos,
        () -> new MemoryUse(3L << 29, 2L << 30, MemoryUse.Source.PROCESS));
  }

  private void pass(double seconds) {
    nanos += Math.round(seconds * 1e9);
  }

  private String shown() {
    String text = bytes.toString(StandardCharsets.UTF_8);
    bytes.reset();
    return text;
  }

  @Test
  void plainLinesComeEveryTenSecondsAndAtTheEnd() {
    try (Progress progress = progress(false, 80, 0, 100)) {
      for (int step = 1; step <= 100; step++) {
        pass(0.5);
        progress.update(step, 32, "loss 0.5");
      }
    }
    String[] lines = shown().split(System.lineSeparator());
    assertEquals("train   1/100 1%  loss 0.5  64 images/s  ETA 00:50  1.5 GiB", lines[0]);
    assertEquals("train  21/100 21%  loss 0.5  64 images/s  ETA 00:40  1.5 GiB", lines[1]);
    assertEquals("train 100/100 100%  loss 0.5  64 images/s  ETA 00:00  1.5 GiB", lines[5]);
    assertEquals(6, lines.length);
  }

  @Test
  void terminalLineIsRedrawnInPlaceAndNotTooOften() {
    try (Progress progress = progress(true, 80, 0, 1000)) {
      for (int step = 1; step <= 100; step++) {
        pass(0.01);
        progress.update(step, 1, "");
      }
      String text = shown();
      assertEquals(10, text.chars().filter(c -> c == '\r').count());
      assertTrue(text.indexOf('\n') < 0);
      for (String line : text.substring(1).split("\r")) {
        assertTrue(line.length() < 80 && line.contains("[") && line.contains("]"), line);
      }
    }
    assertEquals(System.lineSeparator(), shown());
  }

  @Test
  void shorterTextCoversTheLongerOne() {
    try (Progress progress = progress(true, 120, 0, 10)) {
      pass(1);
      progress.update(1, 1, "a long value of many letters");
      int before = shown().length();
      pass(1);
      progress.update(2, 1, "b");
      assertEquals(before, shown().length());
      progress.note("hello");
      String note = shown();
      assertTrue(note.startsWith("\rhello   "), note);
      assertTrue(note.contains(System.lineSeparator() + "\rtrain  2/10"), note);
    }
  }

  @ParameterizedTest
  @CsvSource({"200", "80", "79", "60", "50", "40", "30", "20"})
  void lineFitsTheWidth(int columns) {
    try (Progress progress = progress(true, columns, 0, 500_000)) {
      pass(1);
      progress.update(123_456, 3, "loss 0.0512 (skipped 2)");
      String line = shown().substring(1);
      assertTrue(line.length() < columns, line);
      assertTrue(line.startsWith("train 123456/500000".substring(0, Math.min(19, columns - 1))));
      assertEquals(columns == 200, line.contains("GiB") && line.contains("["), line);
    }
  }

  @Test
  void speedOfAResumedRunCountsOnlyItsOwnSteps() {
    try (Progress progress = progress(false, 80, 900, 1000)) {
      pass(2);
      progress.update(901, 10, "");
      assertEquals(
          "train  901/1000 90%  5.00 images/s  ETA 03:18  1.5 GiB" + System.lineSeparator(),
          shown());
    }
  }

  @Test
  void rateFollowsChangesSmoothly() {
    SmoothedRate rate = new SmoothedRate(30);
    assertEquals(0, rate.perSecond());
    rate.add(10, 0);
    for (int i = 0; i < 100; i++) {
      rate.add(5, 1);
      assertEquals(5, rate.perSecond(), 1e-12);
    }
    rate.add(0, 1); // one slow second moves it by a thirtieth or so
    assertEquals(5 * (1 - 1 / 30.0), rate.perSecond(), 0.03);
    for (int i = 0; i < 300; i++) {
      rate.add(1, 1);
    }
    assertEquals(1, rate.perSecond(), 1e-3);
  }

  @ParameterizedTest
  @CsvSource({
    "0,00:00",
    "59.4,00:59",
    "61,01:01",
    "3600,1:00:00",
    "100000,1d 03:46:40",
    "NaN,-:--"
  })
  void durationsRead(double seconds, String text) {
    assertEquals(text, ProgressText.duration(seconds));
  }

  @Test
  void styleComesFromTheEnvironment() {
    assertEquals(new ProgressStyle(true, 80), ProgressStyle.of(true, Map.of()));
    assertEquals(new ProgressStyle(true, 132), ProgressStyle.of(true, Map.of("COLUMNS", "132")));
    assertEquals(new ProgressStyle(true, 80), ProgressStyle.of(true, Map.of("COLUMNS", "x")));
    assertEquals(new ProgressStyle(true, 80), ProgressStyle.of(true, Map.of("COLUMNS", "0")));
    assertEquals(new ProgressStyle(false, 80), ProgressStyle.of(true, Map.of("TERM", "dumb")));
    assertEquals(new ProgressStyle(false, 80), ProgressStyle.of(false, Map.of()));
  }
}

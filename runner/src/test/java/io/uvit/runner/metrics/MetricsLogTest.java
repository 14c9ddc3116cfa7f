package io.uvit.runner.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MetricsLogTest {
  @TempDir Path folder;

  private Path file() {
    return folder.resolve("metrics.jsonl");
  }

  private static MetricsLine line(long step) {
    return MetricsLine.at(step).put("loss", 1f / step).put("images", 64 * step);
  }

  private void run(long from, long to, long every) throws IOException {
    try (MetricsLog log = MetricsLog.open(file(), from)) {
      for (long step = from + every; step <= to; step += every) {
        log.append(line(step));
      }
      log.sync();
    }
  }

  @Test
  void lineHasTheValuesInOrder() {
    MetricsLine line =
        MetricsLine.at(50)
            .put("loss", 0.1f)
            .put("learning_rate", 2e-4)
            .put("grad_norm", Double.NaN)
            .put("images", 3200)
            .put("loss_by_noise", new double[] {0.5, Double.NaN, Double.POSITIVE_INFINITY});
    assertEquals(
        "{\"step\":50,\"loss\":0.1,\"learning_rate\":2.0E-4,\"grad_norm\":\"NaN\",\"images\":3200,"
            + "\"loss_by_noise\":[0.5,null,\"Infinity\"]}",
        line.toJson());
    assertEquals(
        List.of(
            "loss", "learning_rate", "grad_norm", "images", "loss_by_noise/0", "loss_by_noise/2"),
        List.copyOf(line.scalars().keySet()));
    assertEquals((double) 0.1f, line.scalars().get("loss"));
    assertThrows(IllegalArgumentException.class, () -> line.put("loss", 1.0));
    assertThrows(IllegalArgumentException.class, () -> line.put("step", 1L));
  }

  @Test
  void lineIsThereAtOnceAndStepsRise() throws IOException {
    try (MetricsLog log = MetricsLog.open(file(), 0)) {
      log.append(line(10));
      assertEquals(1, MetricsLog.read(file()).size());
      assertThrows(IllegalArgumentException.class, () -> log.append(line(10)));
      log.append(line(11));
      assertEquals(2, MetricsLog.read(file()).size());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 10, 15, 50, 90, 100, 1000})
  void resumedRunHasTheLinesOfAnUninterruptedOne(long checkpoint) throws IOException {
    run(0, 100, 1);
    byte[] uninterrupted = Files.readAllBytes(file());
    run(checkpoint, 100, 1);
    assertEquals(new String(uninterrupted, StandardCharsets.UTF_8), Files.readString(file()));
  }

  @Test
  void tornLastLineIsRepairedAtEveryByte() throws IOException {
    run(0, 3, 1);
    byte[] whole = Files.readAllBytes(file());
    int twoLines = Files.readAllLines(file()).stream().limit(2).mapToInt(l -> l.length() + 1).sum();
    for (int length = twoLines; length <= whole.length; length++) {
      Files.write(file(), Arrays.copyOf(whole, length));
      MetricsLog.open(file(), 3).close();
      assertEquals(length == whole.length ? 3 : 2, MetricsLog.read(file()).size());
      run(2, 3, 1);
      assertTrue(Arrays.equals(whole, Files.readAllBytes(file())));
    }
  }

  @Test
  void zeroBytesOfAnUnwrittenBlockAreCutAway() throws IOException {
    run(0, 2, 1);
    byte[] whole = Files.readAllBytes(file());
    Files.write(file(), new byte[4096], StandardOpenOption.APPEND);
    MetricsLog.open(file(), 2).close();
    assertTrue(Arrays.equals(whole, Files.readAllBytes(file())));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "loss 1", "[1]", "{\"loss\":1}", "{\"step\":1}", "{\"step\":\"x\"}", "{} {}"})
  void spoiltLineInTheMiddleIsNamedAndNothingCut(String spoilt) throws IOException {
    String text = line(1).toJson() + "\n" + spoilt + "\n" + line(2).toJson() + "\n";
    Files.writeString(file(), text);
    IOException e = assertThrows(IOException.class, () -> MetricsLog.open(file(), 2));
    assertTrue(e.getMessage().contains("line 2, found '" + spoilt + "'"), e.getMessage());
    assertEquals(text, Files.readString(file()));
    assertThrows(IOException.class, () -> MetricsLog.read(file()));
  }

  @Test
  void timingIsTakenOutByName() throws IOException {
    try (MetricsLog log = MetricsLog.open(file(), 0)) {
      MetricsLine line = MetricsLine.at(1).put("loss", 1.0);
      MetricsLine.TIMING.forEach(name -> line.put(name, 3.0));
      log.append(line);
    }
    assertEquals(
        "{\"step\":1,\"loss\":1.0}",
        MetricsLog.withoutTiming(MetricsLog.read(file()).get(0)).toString());
    assertEquals(Map.of("loss", 1.0), MetricsLine.at(1).put("loss", 1.0).scalars());
  }
}

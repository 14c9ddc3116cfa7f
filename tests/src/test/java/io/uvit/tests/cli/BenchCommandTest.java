package io.uvit.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.uvit.runner.cli.ExitCode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code uvit bench} and {@code uvit profile} on the smallest shipped experiment. */
class BenchCommandTest {
  @TempDir Path folder;

  private JsonObject bench(String kind, String dtype) {
    CliResult result =
        InProcess.run(
                folder,
                "bench",
                kind,
                "--config",
                "quickstart",
                "--batch",
                "2",
                "--dtype",
                dtype,
                "--device",
                "cpu",
                "--steps",
                "2",
                "--warm-up",
                "1")
            .expect(ExitCode.OK);
    assertEquals(1, result.out().lines().count(), result.out());
    return JsonParser.parseString(result.out()).getAsJsonObject();
  }

  @ParameterizedTest
  @CsvSource({
    "train, float32",
    "train, bfloat16",
    "train, float16",
    "sample, float32",
    "sample, float16"
  })
  void stepsAreHeldAgainstTheMachinesProducts(String kind, String dtype) {
    JsonObject line = bench(kind, dtype);
    assertEquals(kind, line.get("kind").getAsString());
    assertEquals("quickstart", line.get("config").getAsString());
    assertEquals(2, line.get("batch").getAsInt());
    assertEquals(dtype, line.get("dtype").getAsString());
    assertEquals("cpu", line.get("device").getAsString());
    double median = line.get("ms_median").getAsDouble();
    assertTrue(line.get("ms_min").getAsDouble() <= median, line::toString);
    assertTrue(line.get("ms_max").getAsDouble() >= median, line::toString);
    assertEquals(2000 / median, line.get("images_per_s").getAsDouble(), 0.02 * 2000 / median);
    double rate = line.get("gflop_per_step").getAsDouble() / (median / 1e3);
    assertEquals(rate, line.get("gflop_per_s").getAsDouble(), 0.01 * rate + 0.1);
    double share = line.get("peak_share").getAsDouble();
    assertTrue(share > 0 && share < 1, line::toString);
    assertTrue(line.get("peak_rss_mb").getAsLong() > 100, line::toString);
    assertTrue(line.get("peak_gpu_mb").isJsonNull(), line::toString);
    assertFalse(line.get("xla").getAsBoolean(), line::toString);
  }

  @ParameterizedTest
  @CsvSource({"data, false", "load, true"})
  void dataAndTheStartHaveTimesOnly(String kind, boolean once) {
    JsonObject line = bench(kind, "float32");
    assertTrue(line.get("images_per_s").getAsDouble() > 0, line::toString);
    assertFalse(line.has("peak_share"), line::toString);
    assertEquals(
        once, line.get("ms_min").getAsDouble() == line.get("ms_max").getAsDouble(), line::toString);
  }

  /** Images of a model on latents are loaded whether its autoencoder is there or not. */
  @Test
  void dataOfAModelOnLatentsNeedsNoAutoencoder() throws IOException {
    for (int i = 0; i < 2; i++) {
      BufferedImage image = new BufferedImage(300, 280, BufferedImage.TYPE_INT_RGB);
      ImageIO.write(image, "png", folder.resolve("n1_" + i + ".png").toFile());
    }
    List<String> words = new ArrayList<>(List.of("bench", "data", "--config", "photos256_tiny"));
    words.addAll(List.of("--device", "cpu", "--batch", "2", "--steps", "3"));
    words.addAll(List.of("--set", "data.image_files.path=" + folder));
    CliResult result = InProcess.run(folder, words.toArray(String[]::new)).expect(ExitCode.OK);
    JsonObject line = JsonParser.parseString(result.out()).getAsJsonObject();
    assertTrue(line.get("images_per_s").getAsDouble() > 0, line::toString);
  }

  @Test
  void anUnknownKindIsRefusedBeforeAnythingIsBuilt() {
    CliResult result =
        InProcess.run(folder, "bench", "fly", "--config", "quickstart").expect(ExitCode.USAGE);
    assertTrue(
        result.err().contains("found 'fly', wanted train, sample, data or load"), result.err());
  }

  @Test
  void aProfileNamesThePartsOfTheProgramAndWritesATrace() throws IOException {
    CliResult result =
        InProcess.run(
                folder,
                "profile",
                "--config",
                "quickstart",
                "--batch",
                "2",
                "--warm-up",
                "1",
                "--out",
                "step.json")
            .expect(ExitCode.OK);
    for (String part :
        new String[] {
          "MatMul", "block/attn", "d block/mlp", "embed", "head", "adamw", "ema_update"
        }) {
      assertTrue(result.out().contains(part), () -> part + " in:\n" + result.out());
    }
    JsonObject trace =
        JsonParser.parseString(Files.readString(folder.resolve("step.json"))).getAsJsonObject();
    assertTrue(trace.getAsJsonArray("traceEvents").size() > 500);
  }
}

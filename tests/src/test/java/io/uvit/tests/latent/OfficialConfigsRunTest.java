package io.uvit.tests.latent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.uvit.config.ConfigLoader;
import io.uvit.config.v1.Model;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every official experiment at its full size: one training step of one image and two sampling steps
 * with the averaged weights, each in a process of its own ({@link OfficialConfigRun}).
 */
class OfficialConfigsRunTest {
  private static final double GIBIBYTE = 1L << 30;
  private static final double MOST_GIBIBYTES = 24;

  @TempDir Path folder;

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "cifar10_uvit_small,      44255328, false",
    "celeba64_uvit_small,     44292228, true",
    "imagenet64_uvit_mid,    130940292, true",
    "imagenet64_uvit_large,  286827652, true",
    "imagenet256_uvit_large, 286763172, true",
    "imagenet256_uvit_huge,  500832016, true",
    "imagenet512_uvit_large, 286861524, true",
    "imagenet512_uvit_huge,  500942656, true",
    "mscoco_uvit_small,       44692644, false",
    "mscoco_uvit_small_deep,  58345636, true",
  })
  void trainsAndSamples(String config, long parameters, boolean slow) throws Exception {
    Assumptions.assumeTrue(
        !slow || Boolean.getBoolean("uvit.slow"),
        "skipped: takes minutes and up to 24 GiB, run with -Duvit.slow=true");
    JsonObject found = run(config);
    System.out.printf(
        "%s: %.1f s, peak %.2f GiB, loss %.4f, gradient norm %.3f%n",
        config,
        found.get("seconds").getAsDouble(),
        found.get("peak_bytes").getAsLong() / GIBIBYTE,
        found.get("loss").getAsDouble(),
        found.get("gradient_norm").getAsDouble());
    assertEquals(parameters, found.get("parameters").getAsLong());
    assertTrue(found.get("updated").getAsBoolean(), found::toString);
    // An untrained network predicts about 0, so the loss is about the noise's variance.
    assertEquals(1, found.get("loss").getAsDouble(), 0.7);
    assertTrue(found.get("gradient_norm").getAsDouble() > 0, found::toString);
    Model model = ConfigLoader.load(config, List.of()).getModel();
    assertEquals(
        model.getImageHeight() * model.getImageWidth() * model.getChannels(),
        found.get("image_numbers").getAsInt());
    assertTrue(found.get("image_finite").getAsBoolean(), found::toString);
    double peak = found.get("peak_bytes").getAsLong() / GIBIBYTE;
    assertTrue(peak <= MOST_GIBIBYTES, "peak " + peak + " GiB");
  }

  private JsonObject run(String config) throws IOException, InterruptedException {
    Path out = folder.resolve("out.txt");
    Path err = folder.resolve("err.txt");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
                "-cp",
                System.getProperty("java.class.path"),
                OfficialConfigRun.class.getName(),
                config)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    boolean ended = process.waitFor(30, TimeUnit.MINUTES);
    process.destroyForcibly();
    assertTrue(ended, config + ": did not end within 30 minutes");
    assertEquals(0, process.exitValue(), () -> text(err));
    return JsonParser.parseString(text(out)).getAsJsonObject();
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package io.uvit.config;

import static io.uvit.config.Configs.MINIMAL;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.v1.Experiment;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ConfigPrinterTest {
  static List<String> bundled() {
    return BundledConfigs.names();
  }

  @ParameterizedTest
  @MethodSource("bundled")
  void whatIsPrintedReadsBackTheSame(String name) {
    Experiment experiment = ConfigLoader.load(name, List.of());
    String text = ConfigPrinter.toText(experiment);
    assertEquals(experiment, ConfigLoader.parse(text, name));
    assertEquals(text, ConfigPrinter.toText(ConfigLoader.parse(text, name)));
  }

  @Test
  void theHeaderNamesTheSchema() {
    String text = ConfigPrinter.toText(ConfigLoader.parse(MINIMAL, "minimal"));
    assertTrue(
        text.startsWith(
            """
            # proto-file: uvit/config/v1/experiment.proto
            # proto-message: uvit.config.v1.Experiment
            name: "minimal"
            """),
        text);
  }

  @Test
  void pathsKeepTheirLettersQuotesAndBackslashes() {
    String path = "Bilder/Übung \"1\"\\日本";
    Experiment experiment =
        ConfigLoader.parse(MINIMAL, "minimal", List.of("data.image_files.path=" + path));
    String text = ConfigPrinter.toText(experiment);
    assertTrue(text.contains("Übung") && text.contains("日本"), text);
    assertEquals(path, ConfigLoader.parse(text, "again").getData().getImageFiles().getPath());
  }

  @Test
  void doublesAreExact() {
    double value = 0.1 + 0.2;
    Experiment experiment =
        ConfigLoader.parse(MINIMAL, "minimal", List.of("train.adamw.weight_decay=" + value));
    Experiment again = ConfigLoader.parse(ConfigPrinter.toText(experiment), "again");
    assertEquals(value, again.getTrain().getAdamw().getWeightDecay());
  }
}

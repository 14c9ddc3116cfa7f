package io.uvit.tests.weights;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Finds the fixtures; a test that needs an absent one is skipped. */
final class WeightFixtures {
  private WeightFixtures() {}

  static Path file(String relative) {
    Path path = Path.of(System.getProperty("uvit.shared", "../../shared"), "fixtures", relative);
    Assumptions.assumeTrue(Files.exists(path), () -> "fixture " + path + " is not there");
    return path;
  }
}

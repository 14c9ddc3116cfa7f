package io.uvit.tests.data;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Finds shared fixtures and data; a test that needs an absent one is skipped. */
final class Shared {
  private Shared() {}

  static Path file(String relative) {
    Path path = Path.of(System.getProperty("uvit.shared", "../../shared"), relative);
    Assumptions.assumeTrue(Files.exists(path), () -> path + " is not there");
    return path;
  }
}

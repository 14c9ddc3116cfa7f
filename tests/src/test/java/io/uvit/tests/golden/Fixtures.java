package io.uvit.tests.golden;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TensorFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/**
 * Golden data of the official code; tests that need it are skipped with a message where it is
 * absent.
 */
public final class Fixtures {
  private Fixtures() {}

  /** The folder of the shared data. */
  public static Path shared() {
    Path root =
        Path.of(System.getProperty("uvit.shared", "../../shared")).toAbsolutePath().normalize();
    Assumptions.assumeTrue(
        Files.isDirectory(root),
        () -> "skipped: no shared data at " + root + " (set -Duvit.shared)");
    return root;
  }

  /** The folder of one fixture. */
  public static Path folder(String name) {
    Path folder = shared().resolve("fixtures").resolve(name);
    if (!Files.isDirectory(folder)) {
      throw new IllegalStateException("no fixture folder " + folder);
    }
    return folder;
  }

  /** Opens a file of tensors of a fixture. */
  public static TensorFile tensors(String fixture, String file) {
    return TensorFiles.open(folder(fixture).resolve(file));
  }

  /** Reads a JSON file of a fixture. */
  public static JsonObject json(String fixture, String file) {
    try {
      return JsonParser.parseString(Files.readString(folder(fixture).resolve(file)))
          .getAsJsonObject();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}

package io.uvit.tests.golden;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TensorFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * Golden data of the official code; tests that need it are skipped with a message where it is
 * absent.
 */
public final class Fixtures {
  /** Provider of {@link #networks}. */
  public static final String NETWORKS = "io.uvit.tests.golden.Fixtures#networks";

  /** Provider of {@link #trainings}. */
  public static final String TRAININGS = "io.uvit.tests.golden.Fixtures#trainings";

  private Fixtures() {}

  /** The fixtures of a network: outputs, activations, losses and gradients, in order. */
  public static List<String> networks() {
    return named("uvit_");
  }

  /** The fixtures of a training: its inputs, losses, weights and folder, in order. */
  public static List<String> trainings() {
    return named("train_");
  }

  private static List<String> named(String prefix) {
    if (!Files.isDirectory(root())) {
      // The test of this name is skipped with a message; a provider's own skip would not be shown.
      return List.of("absent");
    }
    Path fixtures = root().resolve("fixtures");
    try (Stream<Path> folders = Files.list(fixtures)) {
      List<String> names =
          folders
              .filter(Files::isDirectory)
              .map(folder -> folder.getFileName().toString())
              .filter(name -> name.startsWith(prefix))
              .sorted()
              .toList();
      if (names.isEmpty()) {
        throw new IllegalStateException("no fixture folder " + fixtures.resolve(prefix + "*"));
      }
      return names;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The folder of the shared data. */
  public static Path shared() {
    Path root = root();
    Assumptions.assumeTrue(
        Files.isDirectory(root),
        () -> "skipped: no shared data at " + root + " (set -Duvit.shared)");
    return root;
  }

  private static Path root() {
    return Path.of(System.getProperty("uvit.shared", "../../shared")).toAbsolutePath().normalize();
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
      throw new UncheckedIOException(e);
    }
  }
}

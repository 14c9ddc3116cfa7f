package io.uvit.tests.sampler;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.uvit.savedmodels.weights.NpzFile;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** A folder of reference data; a test that needs an absent one is skipped. */
final class Fixture implements AutoCloseable {
  private final Path folder;
  private final NpzFile arrays;

  Fixture(String name, String npz) {
    folder = Path.of(System.getProperty("uvit.shared", "../../shared"), "fixtures", name);
    Assumptions.assumeTrue(Files.exists(folder), () -> "fixture " + folder + " is not there");
    arrays = NpzFile.open(folder.resolve(npz));
  }

  double[] doubles(String name) {
    return arrays.doubles(name);
  }

  float[] floats(String name) {
    return arrays.floats(name);
  }

  double[] slice(String name, int index, int length) {
    return Arrays.copyOfRange(arrays.doubles(name), index * length, (index + 1) * length);
  }

  boolean has(String name) {
    return arrays.entries().containsKey(name);
  }

  Iterable<String> names() {
    return arrays.entries().keySet();
  }

  List<JsonObject> objects(String json) {
    try (Reader reader = Files.newBufferedReader(folder.resolve(json))) {
      JsonArray array = JsonParser.parseReader(reader).getAsJsonArray();
      List<JsonObject> objects = new ArrayList<>();
      for (JsonElement element : array) {
        objects.add(element.getAsJsonObject());
      }
      return objects;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    arrays.close();
  }
}

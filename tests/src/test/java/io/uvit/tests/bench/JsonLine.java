package io.uvit.tests.bench;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.Optional;

/** The one JSON line that a program prints about itself, among other lines. */
public final class JsonLine {
  private JsonLine() {}

  /** The last line that is a JSON object; empty if none is. */
  public static Optional<JsonObject> of(String output) {
    return output
        .lines()
        .filter(line -> line.startsWith("{") && line.endsWith("}"))
        .reduce((first, second) -> second)
        .map(line -> JsonParser.parseString(line).getAsJsonObject());
  }
}

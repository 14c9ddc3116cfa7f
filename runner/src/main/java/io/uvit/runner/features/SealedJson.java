package io.uvit.runner.features;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A small JSON file of known fields whose last one, {@code checksum}, is the SHA-256 of the object
 * without it, written compactly. Errors name the file and the field.
 */
final class SealedJson {
  private static final int MAX_BYTES = 1 << 26;
  private static final String CHECKSUM = "checksum";
  private static final Gson PRETTY =
      new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();
  private static final Gson COMPACT = new GsonBuilder().disableHtmlEscaping().create();

  private final Path path;
  private final JsonObject object;

  private SealedJson(Path path, JsonObject object) {
    this.path = path;
    this.object = object;
  }

  /** The checksum of an object that has none yet. */
  static String checksum(JsonObject object) {
    return Sha256.ofText(COMPACT.toJson(object));
  }

  /** The file of an object that has no checksum yet. */
  static byte[] encode(JsonObject object) {
    JsonObject sealed = object.deepCopy();
    sealed.addProperty(CHECKSUM, checksum(object));
    return (PRETTY.toJson(sealed) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Reads a file whose {@code format} and {@code version} are the given ones.
   *
   * @throws FeatureException if it is damaged, of another kind or of another version
   * @throws IOException if it cannot be read
   */
  static SealedJson read(Path path, String format, long version) throws IOException {
    long size = Files.size(path);
    if (size > MAX_BYTES) {
      throw FeatureException.wrong(path, size + " bytes", "at most " + MAX_BYTES);
    }
    SealedJson json =
        new SealedJson(
            path, parse(path, new String(Files.readAllBytes(path), StandardCharsets.UTF_8)));
    json.require("format", json.text("format"), format);
    JsonObject unsealed = json.object.deepCopy();
    unsealed.remove(CHECKSUM);
    json.require(CHECKSUM, json.text(CHECKSUM), checksum(unsealed));
    json.require("version", Long.toString(json.number("version")), Long.toString(version));
    return json;
  }

  private static JsonObject parse(Path path, String text) throws FeatureException {
    try (JsonReader reader = new JsonReader(new StringReader(text))) {
      reader.setStrictness(Strictness.STRICT);
      JsonElement element = JsonParser.parseReader(reader);
      if (element.isJsonObject() && reader.peek() == JsonToken.END_DOCUMENT) {
        return element.getAsJsonObject();
      }
    } catch (JsonParseException | NumberFormatException | IOException | StackOverflowError e) {
      throw new FeatureException(path + ": is not JSON, or is cut short: " + e, e);
    }
    throw FeatureException.wrong(path, "other JSON", "one object");
  }

  String checksum() throws FeatureException {
    return text(CHECKSUM);
  }

  String text(String name) throws FeatureException {
    JsonElement value = object.get(name);
    if (value == null || !value.isJsonPrimitive() || !value.getAsJsonPrimitive().isString()) {
      throw wrong(name, value, "a string");
    }
    return value.getAsString();
  }

  boolean flag(String name) throws FeatureException {
    JsonElement value = object.get(name);
    if (value == null || !value.isJsonPrimitive() || !value.getAsJsonPrimitive().isBoolean()) {
      throw wrong(name, value, "true or false");
    }
    return value.getAsBoolean();
  }

  /** A whole number from 0 to 2^31 - 1. */
  int count(String name) throws FeatureException {
    long number = number(name);
    if (number > Integer.MAX_VALUE) {
      throw wrong(name, object.get(name), "at most " + Integer.MAX_VALUE);
    }
    return (int) number;
  }

  private long number(String name) throws FeatureException {
    return whole(name, object.get(name));
  }

  private long whole(String name, JsonElement value) throws FeatureException {
    try {
      long number = decimal(name, value).longValueExact();
      if (number >= 0) {
        return number;
      }
    } catch (ArithmeticException e) {
      throw new FeatureException(wrong(name, value, "a whole number").getMessage(), e);
    }
    throw wrong(name, value, "a number not below zero");
  }

  private BigDecimal decimal(String name, JsonElement value) throws FeatureException {
    if (value == null || !value.isJsonPrimitive() || !value.getAsJsonPrimitive().isNumber()) {
      throw wrong(name, value, "a number");
    }
    try {
      BigDecimal number = new BigDecimal(value.getAsString());
      if (number.precision() <= 400 && Math.abs((long) number.scale()) <= 400) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw new FeatureException(wrong(name, value, "a number").getMessage(), e);
    }
    throw wrong(name, value, "a number of ordinary size");
  }

  List<String> texts(String name) throws FeatureException {
    List<String> texts = new ArrayList<>();
    for (JsonElement element : array(name)) {
      if (!element.isJsonPrimitive() || !element.getAsJsonPrimitive().isString()) {
        throw wrong(name, element, "strings");
      }
      texts.add(element.getAsString());
    }
    return texts;
  }

  List<Long> wholes(String name) throws FeatureException {
    List<Long> numbers = new ArrayList<>();
    for (JsonElement element : array(name)) {
      numbers.add(whole(name, element));
    }
    return numbers;
  }

  /** As many finite numbers as wanted. */
  double[] doubles(String name, int wanted) throws FeatureException {
    JsonArray array = array(name);
    if (array.size() != wanted) {
      throw wrong(name, array, wanted + " numbers");
    }
    double[] values = new double[wanted];
    for (int i = 0; i < wanted; i++) {
      values[i] = decimal(name, array.get(i)).doubleValue();
    }
    return values;
  }

  private JsonArray array(String name) throws FeatureException {
    if (!(object.get(name) instanceof JsonArray array)) {
      throw wrong(name, object.get(name), "a list");
    }
    return array;
  }

  void require(String name, String found, String wanted) throws FeatureException {
    if (!found.equals(wanted)) {
      throw FeatureException.wrong(path + ", " + name, found, wanted);
    }
  }

  private FeatureException wrong(String name, JsonElement found, String wanted) {
    String text = String.valueOf(found);
    String shown = text.length() > 100 ? text.substring(0, 100) + "..." : text;
    return FeatureException.wrong(path + ", " + name, shown, wanted);
  }
}

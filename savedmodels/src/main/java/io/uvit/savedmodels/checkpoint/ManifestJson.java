package io.uvit.savedmodels.checkpoint;

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
import io.uvit.savedmodels.checkpoint.CheckpointManifest.Entry;
import java.io.IOException;
import java.io.StringReader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The JSON form of a manifest.
 *
 * <p>The last member, {@code checksum}, is the SHA-256 of the object without it, written compactly
 * in the order of the file: a changed byte in the manifest is noticed as one in any other file is.
 * Later format versions keep that rule, {@code format}, {@code version} and {@code product}.
 */
final class ManifestJson {
  private static final String FORMAT = "uvit-checkpoint";
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
  private static final Gson PRETTY =
      new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();
  private static final Gson COMPACT = new GsonBuilder().disableHtmlEscaping().create();

  private ManifestJson() {}

  static byte[] write(CheckpointManifest manifest) {
    JsonObject json = new JsonObject();
    json.addProperty("format", FORMAT);
    json.addProperty("version", CheckpointManifest.VERSION);
    json.addProperty("product", manifest.product());
    json.addProperty("step", manifest.step());
    json.addProperty("created", manifest.created().toString());
    JsonArray files = new JsonArray();
    for (Map.Entry<String, Entry> file : manifest.files().entrySet()) {
      JsonObject entry = new JsonObject();
      entry.addProperty("name", file.getKey());
      entry.addProperty("bytes", file.getValue().bytes());
      entry.addProperty("sha256", file.getValue().sha256());
      files.add(entry);
    }
    json.add("files", files);
    JsonObject facts = new JsonObject();
    manifest.facts().forEach(facts::addProperty);
    json.add("facts", facts);
    json.addProperty("checksum", Digests.ofText(COMPACT.toJson(json)));
    return (PRETTY.toJson(json) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Reads a manifest.
   *
   * @param path the manifest's path, for messages
   * @throws CorruptCheckpointException when it is not a whole manifest
   * @throws UnsupportedCheckpointException when it is whole but of another format version
   */
  static CheckpointManifest read(Path path, byte[] bytes) throws IOException {
    Fields json = new Fields(path, parse(path, new String(bytes, StandardCharsets.UTF_8)));
    json.require("format", json.text("format"), FORMAT);
    String checksum = json.text("checksum");
    JsonObject unsigned = json.object().deepCopy();
    unsigned.remove("checksum");
    json.require("checksum", checksum, Digests.ofText(COMPACT.toJson(unsigned)));
    long version = json.number("version");
    if (version != CheckpointManifest.VERSION) {
      throw new UnsupportedCheckpointException(path, version, json.text("product"));
    }
    return new CheckpointManifest(
        json.number("step"), created(json), json.text("product"), files(path, json), facts(json));
  }

  private static JsonObject parse(Path path, String text) throws IOException {
    try (JsonReader reader = new JsonReader(new StringReader(text))) {
      reader.setStrictness(Strictness.STRICT);
      JsonElement element = JsonParser.parseReader(reader);
      if (!element.isJsonObject() || reader.peek() != JsonToken.END_DOCUMENT) {
        throw new CorruptCheckpointException(path, "not a manifest", "other JSON", "one object");
      }
      return element.getAsJsonObject();
    } catch (JsonParseException | NumberFormatException | java.io.EOFException e) {
      throw notJson(path, text, e);
    } catch (com.google.gson.stream.MalformedJsonException e) {
      throw notJson(path, text, e);
    }
  }

  private static CorruptCheckpointException notJson(Path path, String text, Exception cause) {
    CorruptCheckpointException e =
        new CorruptCheckpointException(
            path, "not JSON", "%d characters (%s)".formatted(text.length(), cause), "a manifest");
    e.initCause(cause);
    return e;
  }

  private static Instant created(Fields json) throws CorruptCheckpointException {
    String text = json.text("created");
    try {
      return Instant.parse(text);
    } catch (DateTimeException e) {
      throw json.wrong("created", text, "an ISO-8601 instant");
    }
  }

  private static SortedMap<String, Entry> files(Path path, Fields json)
      throws CorruptCheckpointException {
    if (!(json.object().get("files") instanceof JsonArray array)) {
      throw json.wrong("files", String.valueOf(json.object().get("files")), "a list");
    }
    SortedMap<String, Entry> files = new TreeMap<>();
    for (JsonElement element : array) {
      if (!(element instanceof JsonObject object)) {
        throw json.wrong("files", element.toString(), "objects");
      }
      Fields file = new Fields(path, object);
      String name = file.text("name");
      if (!CheckpointNames.isPlainFileName(name) || name.equals(CheckpointManifest.FILE_NAME)) {
        throw file.wrong("name", name, "a plain file name");
      }
      String sha256 = file.text("sha256");
      if (!SHA256.matcher(sha256).matches()) {
        throw file.wrong("sha256", sha256, "64 hexadecimal digits");
      }
      if (files.put(name, new Entry(file.number("bytes"), sha256)) != null) {
        throw file.wrong("name", name + " twice", "each file once");
      }
    }
    return files;
  }

  private static SortedMap<String, String> facts(Fields json) throws CorruptCheckpointException {
    if (!(json.object().get("facts") instanceof JsonObject object)) {
      throw json.wrong("facts", String.valueOf(json.object().get("facts")), "an object");
    }
    Fields fields = new Fields(json.path(), object);
    SortedMap<String, String> facts = new TreeMap<>();
    for (String key : object.keySet()) {
      facts.put(key, fields.text(key));
    }
    return facts;
  }

  /** Typed access to the members of one JSON object; errors name the manifest and the member. */
  private record Fields(Path path, JsonObject object) {

    String text(String name) throws CorruptCheckpointException {
      JsonElement value = object.get(name);
      if (value == null || !value.isJsonPrimitive() || !value.getAsJsonPrimitive().isString()) {
        throw wrong(name, String.valueOf(value), "a string");
      }
      return value.getAsString();
    }

    /** A whole number from 0 to 2^63 - 1. */
    long number(String name) throws CorruptCheckpointException {
      JsonElement value = object.get(name);
      if (value == null || !value.isJsonPrimitive() || !value.getAsJsonPrimitive().isNumber()) {
        throw wrong(name, String.valueOf(value), "a number");
      }
      try {
        long number = new BigDecimal(value.getAsString()).longValueExact();
        if (number >= 0) {
          return number;
        }
      } catch (ArithmeticException | NumberFormatException e) {
        throw wrong(name, value.toString(), "a whole number");
      }
      throw wrong(name, value.toString(), "a number not below zero");
    }

    void require(String name, String found, String wanted) throws CorruptCheckpointException {
      if (!found.equals(wanted)) {
        throw wrong(name, found, wanted);
      }
    }

    CorruptCheckpointException wrong(String name, String found, String wanted) {
      return new CorruptCheckpointException(path, "member '" + name + "' is wrong", found, wanted);
    }
  }
}

package io.uvit.savedmodels.weights;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The JSON header of a safetensors file, read as a stream. */
final class SafetensorsHeader {
  /** Longest accepted header, in bytes. */
  static final int MAX_LENGTH = 100_000_000;

  static final String METADATA = "__metadata__";

  private static final int MAX_TENSORS = 1 << 18;
  private static final int MAX_RANK = 64;
  private static final String SUBJECT = "safetensors header";

  /** A tensor and where its data begins and ends, from the start of the data. */
  record Located(TensorEntry entry, long begin, long end) {}

  private final MappedSource source;
  private final List<Located> tensors = new ArrayList<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();

  private SafetensorsHeader(MappedSource source) {
    this.source = source;
  }

  /**
   * Parses and checks a header.
   *
   * @param dataLength bytes of data after the header, all of which the tensors must cover
   */
  static SafetensorsHeader parse(ByteBuffer json, long dataLength, MappedSource source) {
    SafetensorsHeader header = new SafetensorsHeader(source);
    if (!json.hasRemaining() || json.get(json.position()) != '{') {
      throw source.wrong(SUBJECT, "another first byte", "'{'");
    }
    InputStreamReader text =
        new InputStreamReader(new BufferInput(json), StandardCharsets.UTF_8.newDecoder());
    try (JsonReader reader = new JsonReader(text)) {
      reader.setStrictness(Strictness.STRICT);
      header.readAll(reader);
    } catch (IOException | IllegalStateException | NumberFormatException e) {
      throw new WeightFileException(
          source.path(), SUBJECT, e.getMessage(), "strict JSON in UTF-8", e);
    }
    header.requireCover(dataLength);
    return header;
  }

  /** The tensors in the order of their data. */
  List<Located> tensors() {
    return tensors;
  }

  Map<String, String> metadata() {
    return Collections.unmodifiableMap(metadata);
  }

  private void readAll(JsonReader reader) throws IOException {
    Set<String> names = new HashSet<>();
    reader.beginObject();
    while (reader.hasNext()) {
      String name = text(reader.nextName());
      if (!names.add(name)) {
        throw source.wrong(SUBJECT, "the key '" + name + "' twice", "every key once");
      }
      if (name.equals(METADATA)) {
        readMetadata(reader);
      } else {
        tensors.add(readTensor(name, reader));
      }
      if (tensors.size() > MAX_TENSORS) {
        throw source.wrong(SUBJECT, "more tensors", "at most " + MAX_TENSORS);
      }
    }
    reader.endObject();
    if (reader.peek() != JsonToken.END_DOCUMENT) {
      throw source.wrong(SUBJECT, "more after the object", "one JSON object");
    }
  }

  private void readMetadata(JsonReader reader) throws IOException {
    reader.beginObject();
    while (reader.hasNext()) {
      String key = text(reader.nextName());
      if (metadata.put(key, string(reader)) != null) {
        throw source.wrong(SUBJECT, "the metadata key '" + key + "' twice", "every key once");
      }
    }
    reader.endObject();
  }

  private Located readTensor(String name, JsonReader reader) throws IOException {
    String subject = "tensor '" + name + "'";
    DataType type = null;
    List<Long> shape = null;
    List<Long> offsets = null;
    reader.beginObject();
    while (reader.hasNext()) {
      String key = reader.nextName();
      boolean twice;
      switch (key) {
        case "dtype" -> {
          twice = type != null;
          type = type(string(reader), subject);
        }
        case "shape" -> {
          twice = shape != null;
          shape = integers(reader, MAX_RANK, subject);
        }
        case "data_offsets" -> {
          twice = offsets != null;
          offsets = integers(reader, 2, subject);
        }
        default ->
            throw source.wrong(subject, "key '" + key + "'", "dtype, shape and data_offsets");
      }
      if (twice) {
        throw source.wrong(subject, "the key '" + key + "' twice", "every key once");
      }
    }
    reader.endObject();
    if (type == null || shape == null || offsets == null || offsets.size() != 2) {
      throw source.wrong(subject, "an incomplete description", "dtype, shape and two data_offsets");
    }
    return located(name, type, shape, offsets);
  }

  private Located located(String name, DataType type, List<Long> shape, List<Long> offsets) {
    String subject = "tensor '" + name + "'";
    TensorEntry entry;
    try {
      entry = new TensorEntry(name, type, shape);
    } catch (IllegalArgumentException e) {
      throw new WeightFileException(
          source.path(), subject, e.getMessage(), "a shape of sane size", e);
    }
    long begin = offsets.get(0);
    long end = offsets.get(1);
    if (end < begin || end - begin != entry.bytes()) {
      throw source.wrong(
          subject,
          "data_offsets " + offsets,
          entry.bytes() + " bytes for " + type + " of shape " + shape);
    }
    return new Located(entry, begin, end);
  }

  private void requireCover(long dataLength) {
    tensors.sort(Comparator.comparingLong(Located::begin).thenComparingLong(Located::end));
    long end = 0;
    for (Located tensor : tensors) {
      if (tensor.begin() != end) {
        throw source.wrong(
            "tensor '" + tensor.entry().name() + "'",
            "data from " + tensor.begin(),
            "data from " + end + ", without hole or overlap");
      }
      end = tensor.end();
    }
    if (end != dataLength) {
      throw source.wrong(
          "safetensors data", dataLength + " bytes", end + " bytes, as the header says");
    }
  }

  private DataType type(String name, String subject) {
    return DataType.ofSafetensors(name)
        .orElseThrow(
            () -> source.wrong(subject, "type " + name, "one of " + List.of(DataType.values())));
  }

  private List<Long> integers(JsonReader reader, int limit, String subject) throws IOException {
    List<Long> values = new ArrayList<>();
    reader.beginArray();
    while (reader.hasNext()) {
      if (values.size() == limit) {
        throw source.wrong(subject, "a longer list", "at most " + limit + " integers");
      }
      String literal = reader.peek() == JsonToken.NUMBER ? reader.nextString() : "no number";
      if (!literal.matches("0|[1-9][0-9]{0,18}")) {
        throw source.wrong(subject, literal, "an integer from 0 to 2^63 - 1");
      }
      values.add(Long.parseLong(literal));
    }
    reader.endArray();
    return values;
  }

  private String string(JsonReader reader) throws IOException {
    if (reader.peek() != JsonToken.STRING) {
      throw source.wrong(SUBJECT, reader.peek() + " at " + reader.getPath(), "a string");
    }
    return text(reader.nextString());
  }

  private String text(String value) {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(value)) {
      throw source.wrong(SUBJECT, "an escaped half of a surrogate pair", "Unicode text");
    }
    return value;
  }

  private static final class BufferInput extends InputStream {
    private final ByteBuffer buffer;

    BufferInput(ByteBuffer buffer) {
      this.buffer = buffer;
    }

    @Override
    public int read() {
      return buffer.hasRemaining() ? Byte.toUnsignedInt(buffer.get()) : -1;
    }

    @Override
    public int read(byte[] into, int offset, int length) {
      if (!buffer.hasRemaining()) {
        return -1;
      }
      int count = Math.min(length, buffer.remaining());
      buffer.get(into, offset, count);
      return count;
    }
  }
}

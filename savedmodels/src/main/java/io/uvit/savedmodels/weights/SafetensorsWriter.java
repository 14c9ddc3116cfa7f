package io.uvit.savedmodels.weights;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * Writes a safetensors file. As the reference implementation does, tensors are laid out by falling
 * element size and then by name, and the header is padded with spaces so that the data begins at a
 * multiple of 8.
 */
public final class SafetensorsWriter extends AbstractTensorWriter {
  private SafetensorsWriter(OutputFile out, Map<String, TensorEntry> entries) {
    super(out, entries);
  }

  /**
   * Begins a file.
   *
   * @param path replaced when the writer is closed
   * @param entries the tensors, in any order
   * @param metadata free text; no {@code __metadata__} is written if it is empty
   * @throws IllegalArgumentException if a name occurs twice or is {@code __metadata__}, or the
   *     header is too large
   */
  public static SafetensorsWriter create(
      Path path, List<TensorEntry> entries, Map<String, String> metadata) {
    List<TensorEntry> sorted =
        entries.stream()
            .sorted(
                Comparator.comparingInt((TensorEntry entry) -> -entry.type().size())
                    .thenComparing(TensorEntry::name))
            .toList();
    Map<String, TensorEntry> index = index(sorted);
    if (index.containsKey(SafetensorsHeader.METADATA)) {
      throw new IllegalArgumentException("a tensor named " + SafetensorsHeader.METADATA);
    }
    Map<String, Long> offsets = new LinkedHashMap<>();
    long end = 0;
    for (TensorEntry entry : sorted) {
      offsets.put(entry.name(), end);
      end = Math.addExact(end, entry.bytes());
    }
    byte[] header = header(sorted, offsets, metadata);
    OutputFile out = OutputFile.create(path);
    SafetensorsWriter writer = new SafetensorsWriter(out, index);
    offsets.forEach(
        (name, offset) -> writer.place(name, Long.BYTES + header.length + offset, new CRC32()));
    ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    out.write(length.putLong(header.length).flip(), 0);
    out.write(ByteBuffer.wrap(header), Long.BYTES);
    return writer;
  }

  @Override
  void finish(OutputFile file) {
    // The header does not depend on the data.
  }

  private static byte[] header(
      List<TensorEntry> entries, Map<String, Long> offsets, Map<String, String> metadata) {
    StringWriter text = new StringWriter();
    try (JsonWriter json = new JsonWriter(text)) {
      json.setHtmlSafe(false);
      json.beginObject();
      if (!metadata.isEmpty()) {
        json.name(SafetensorsHeader.METADATA).beginObject();
        for (Map.Entry<String, String> item : metadata.entrySet()) {
          json.name(item.getKey()).value(item.getValue());
        }
        json.endObject();
      }
      for (TensorEntry entry : entries) {
        long begin = offsets.get(entry.name());
        json.name(entry.name()).beginObject();
        json.name("dtype").value(entry.type().safetensorsName());
        json.name("shape").beginArray();
        for (long dimension : entry.shape()) {
          json.value(dimension);
        }
        json.endArray();
        json.name("data_offsets").beginArray();
        json.value(begin).value(begin + entry.bytes()).endArray();
        json.endObject();
      }
      json.endObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String padding = " ".repeat(7);
    byte[] padded = (text + padding).getBytes(StandardCharsets.UTF_8);
    int length = padded.length / 8 * 8;
    if (length > SafetensorsHeader.MAX_LENGTH) {
      throw new IllegalArgumentException("a header of " + length + " bytes");
    }
    return Arrays.copyOf(padded, length);
  }
}

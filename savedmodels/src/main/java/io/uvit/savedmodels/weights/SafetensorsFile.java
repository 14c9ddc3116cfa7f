package io.uvit.savedmodels.weights;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A safetensors file (github.com/huggingface/safetensors, format description of the README): eight
 * bytes of header length, a JSON header, the data. A file is accepted only if its header is at most
 * 100 MB of strict JSON and its tensors cover the data exactly, without holes or overlap.
 */
public final class SafetensorsFile extends AbstractTensorFile {
  private final Map<String, String> metadata;
  private final Map<String, Long> offsets;

  private SafetensorsFile(
      MappedSource source,
      Map<String, TensorEntry> entries,
      Map<String, Long> offsets,
      Map<String, String> metadata) {
    super(source, entries);
    this.offsets = offsets;
    this.metadata = metadata;
  }

  /**
   * Opens a file and checks its header.
   *
   * @throws WeightFileException if it cannot be read or breaks a rule of the format
   */
  public static SafetensorsFile open(Path path) {
    MappedSource source = MappedSource.open(path);
    try {
      return open(source);
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
  }

  static SafetensorsFile open(MappedSource source) {
    String subject = "safetensors header";
    if (source.size() < Long.BYTES) {
      throw source.wrong(subject, source.size() + " bytes", "a length of 8 bytes and a header");
    }
    long length = source.region(0, Long.BYTES, subject).getLong(0);
    if (length < 0 || length > SafetensorsHeader.MAX_LENGTH) {
      throw source.wrong(
          subject,
          "a length of " + Long.toUnsignedString(length),
          "at most " + SafetensorsHeader.MAX_LENGTH);
    }
    if (length > source.size() - Long.BYTES) {
      throw source.wrong(
          subject,
          "a length of " + length,
          "one inside the " + source.size() + " bytes of the file");
    }
    long start = Long.BYTES + length;
    ByteBuffer json = source.region(Long.BYTES, length, subject);
    SafetensorsHeader header = SafetensorsHeader.parse(json, source.size() - start, source);
    Map<String, TensorEntry> entries = new LinkedHashMap<>();
    Map<String, Long> offsets = new LinkedHashMap<>();
    for (SafetensorsHeader.Located tensor : header.tensors()) {
      entries.put(tensor.entry().name(), tensor.entry());
      offsets.put(tensor.entry().name(), start + tensor.begin());
    }
    return new SafetensorsFile(source, entries, offsets, header.metadata());
  }

  /** The free text of {@code __metadata__}, empty if there is none; unmodifiable. */
  public Map<String, String> metadata() {
    return metadata;
  }

  @Override
  TensorData data(TensorEntry entry) {
    return new RegionData(
        source(),
        offsets.get(entry.name()),
        entry.bytes(),
        "tensor '" + entry.name() + "'",
        () -> {});
  }
}

package io.uvit.savedmodels.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * What the writers share. The formats know the place of every tensor in advance, so data goes where
 * it belongs as it comes, and what depends on all of it is written at the end.
 */
abstract class AbstractTensorWriter implements TensorWriter {
  private static final int CHUNK = 1 << 16;

  /** Where a tensor goes and how much of it is there. */
  private static final class Slot {
    private final long offset;
    private final CRC32 crc;
    private long written;

    Slot(long offset, CRC32 crc) {
      this.offset = offset;
      this.crc = crc;
    }
  }

  private final OutputFile out;
  private final Map<String, TensorEntry> entries;
  private final Map<String, Slot> slots = new LinkedHashMap<>();
  private boolean failed;
  private boolean closed;

  AbstractTensorWriter(OutputFile out, Map<String, TensorEntry> entries) {
    this.out = out;
    this.entries = Collections.unmodifiableMap(entries);
  }

  /**
   * The entries by name.
   *
   * @throws IllegalArgumentException if a name occurs twice or is no Unicode text
   */
  static Map<String, TensorEntry> index(List<TensorEntry> entries) {
    Map<String, TensorEntry> index = new LinkedHashMap<>();
    for (TensorEntry entry : entries) {
      if (!StandardCharsets.UTF_8.newEncoder().canEncode(entry.name())) {
        throw new IllegalArgumentException("a tensor name with half of a surrogate pair");
      }
      if (index.put(entry.name(), entry) != null) {
        throw new IllegalArgumentException("two tensors named '" + entry.name() + "'");
      }
    }
    return index;
  }

  /** Sets where the data of a tensor goes, and the checksum it continues. */
  final void place(String name, long offset, CRC32 crc) {
    slots.put(name, new Slot(offset, crc));
  }

  /** Writes what depends on the data. */
  abstract void finish(OutputFile file);

  @Override
  public final Map<String, TensorEntry> entries() {
    return entries;
  }

  @Override
  public final void write(String name, ByteBuffer data) {
    Slot slot = requireRoom(name, data.remaining());
    failed = true;
    slot.crc.update(data.duplicate());
    long at = slot.offset + slot.written;
    slot.written += data.remaining();
    out.write(data, at);
    failed = false;
  }

  @Override
  public final void write(String name, FloatBuffer values) {
    TensorEntry entry = entries.get(name);
    if (entry != null && !entry.type().isFloat()) {
      throw new IllegalArgumentException(
          "tensor '" + name + "' is " + entry.type() + ", floats were handed over");
    }
    requireRoom(name, entry == null ? 0 : (long) values.remaining() * entry.type().size());
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
    while (values.hasRemaining()) {
      Elements.fromFloats(entry.type(), values, chunk.clear());
      write(name, chunk.flip());
    }
  }

  @Override
  public final void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (failed) {
      out.abandon();
      return;
    }
    for (TensorEntry entry : entries.values()) {
      long written = slots.get(entry.name()).written;
      if (written != entry.bytes()) {
        out.abandon();
        throw new IllegalStateException(
            "tensor '%s' has %d of %d bytes; the file is not written"
                .formatted(entry.name(), written, entry.bytes()));
      }
    }
    try {
      finish(out);
    } catch (RuntimeException e) {
      out.abandon();
      throw e;
    }
    out.commit();
  }

  private Slot requireRoom(String name, long bytes) {
    Slot slot = slots.get(name);
    if (slot == null || closed) {
      throw new IllegalArgumentException(
          closed ? "the writer is closed" : "no tensor '" + name + "' was declared");
    }
    TensorEntry entry = entries.get(name);
    if (bytes > entry.bytes() - slot.written || bytes % entry.type().size() != 0) {
      throw new IllegalArgumentException(
          "tensor '%s' of %d bytes has %d already, %d more were handed over"
              .formatted(name, entry.bytes(), slot.written, bytes));
    }
    return slot;
  }
}

package io.uvit.savedmodels.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** The data of zip entries, checked against their CRC-32. */
final class ZipData {
  private static final int CHUNK = 1 << 18;
  private static final int INPUT = 1 << 24;

  private final MappedSource source;
  private final boolean zeroCrcIsNone;
  private final Set<String> verified = ConcurrentHashMap.newKeySet();

  /**
   * @param zeroCrcIsNone whether a CRC-32 of 0 means that none was computed, as in files that
   *     PyTorch writes after {@code set_crc32_options(False)}
   */
  ZipData(MappedSource source, boolean zeroCrcIsNone) {
    this.source = source;
    this.zeroCrcIsNone = zeroCrcIsNone;
  }

  /** The first bytes of an entry, not checked: at most {@code limit}, fewer if it is shorter. */
  ByteBuffer head(ZipEntry entry, int limit) {
    int length = (int) Math.min(limit, entry.size());
    if (!entry.deflated()) {
      return source.region(entry.offset(), length, subject(entry));
    }
    ByteBuffer head = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    Inflation inflation = new Inflation(entry);
    try {
      inflation.fill(head);
    } finally {
      inflation.inflater.end();
    }
    return head.flip();
  }

  /** Checks the CRC-32 of a stored entry, once. */
  void verify(ZipEntry entry) {
    if (entry.deflated()) {
      throw new IllegalArgumentException(entry.name() + " is deflated");
    }
    if (!verified.contains(entry.name())) {
      CRC32 crc = new CRC32();
      source.forEachWindow(entry.offset(), entry.size(), subject(entry), crc::update);
      requireCrc(entry, crc);
      verified.add(entry.name());
    }
  }

  /**
   * The unpacked bytes of an entry. Those of a deflated entry are handed over before the CRC-32 at
   * their end is known; every chunk but the last is a multiple of 8 bytes.
   *
   * @param skip bytes to leave out at the start
   */
  TensorData from(ZipEntry entry, long skip) {
    return entry.deflated()
        ? new Deflated(entry, skip)
        : new RegionData(
            source,
            entry.offset() + skip,
            entry.size() - skip,
            subject(entry),
            () -> verify(entry));
  }

  private void inflate(ZipEntry entry, long skip, Consumer<ByteBuffer> chunks) {
    Inflation inflation = new Inflation(entry);
    try {
      ByteBuffer chunk = ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
      for (long left = skip; left > 0; left -= chunk.position()) {
        inflation.fill(chunk.clear().limit((int) Math.min(CHUNK, left)));
      }
      for (long left = entry.size() - skip; left > 0; ) {
        inflation.fill(chunk.clear().limit((int) Math.min(CHUNK, left)));
        left -= chunk.flip().remaining();
        chunks.accept(chunk);
      }
      inflation.finish();
    } finally {
      inflation.inflater.end();
    }
  }

  private void requireCrc(ZipEntry entry, CRC32 crc) {
    if ((int) crc.getValue() != entry.crc() && !(zeroCrcIsNone && entry.crc() == 0)) {
      throw source.wrong(
          subject(entry),
          "data of CRC-32 %08x".formatted(crc.getValue()),
          "%08x, as the archive says: the data is damaged".formatted(entry.crc()));
    }
  }

  private static String subject(ZipEntry entry) {
    return "zip entry '" + entry.name() + "'";
  }

  private final class Deflated implements TensorData {
    private final ZipEntry entry;
    private final long skip;

    Deflated(ZipEntry entry, long skip) {
      this.entry = entry;
      this.skip = skip;
    }

    @Override
    public void stream(Consumer<ByteBuffer> chunks) {
      inflate(entry, skip, chunks);
    }

    @Override
    public Optional<ByteBuffer> view() {
      return Optional.empty();
    }
  }

  /** One pass over a deflated entry. */
  private final class Inflation {
    private final ZipEntry entry;
    private final Inflater inflater = new Inflater(true);
    private final CRC32 crc = new CRC32();
    private long consumed;

    Inflation(ZipEntry entry) {
      this.entry = entry;
    }

    /** Fills a buffer, all of it. */
    void fill(ByteBuffer into) {
      int start = into.position();
      while (into.hasRemaining()) {
        if (inflate(into) == 0 && !feed()) {
          throw source.wrong(
              subject(entry), "deflated data that ends early", entry.size() + " bytes");
        }
      }
      crc.update(into.duplicate().flip().position(start));
    }

    void finish() {
      ByteBuffer beyond = ByteBuffer.allocate(1);
      while (!inflater.finished()) {
        if (inflate(beyond) != 0 || (!inflater.finished() && !feed())) {
          throw source.wrong(
              subject(entry), "deflated data that goes on", "its end at " + entry.size());
        }
      }
      requireCrc(entry, crc);
    }

    private int inflate(ByteBuffer into) {
      try {
        return inflater.inflate(into);
      } catch (DataFormatException e) {
        throw new WeightFileException(
            source.path(),
            subject(entry),
            "damaged deflated data: " + e.getMessage(),
            "deflate",
            e);
      }
    }

    private boolean feed() {
      long left = entry.packedSize() - consumed;
      if (inflater.finished() || !inflater.needsInput() || left == 0) {
        return false;
      }
      long length = Math.min(INPUT, left);
      inflater.setInput(source.region(entry.offset() + consumed, length, subject(entry)));
      consumed += length;
      return true;
    }
  }
}

package io.uvit.savedmodels.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32;

/**
 * A zip archive of stored entries whose sizes are known in advance (PKWARE APPNOTE 6.3, with zip64
 * where needed). Data is aligned to 64 bytes by an extra field; headers are written at the end,
 * when the checksums are known. Every time stamp is 1980-01-01, so that equal content gives equal
 * files.
 */
final class ZipLayout {
  private static final int ALIGNMENT = 64;
  private static final long MAX_32 = 0xffffffffL;
  private static final int DOS_DATE = (1 << 5) | 1;

  /** An entry; its data lies at {@code data}. */
  record Planned(String name, long header, int extra, long data, long size, CRC32 crc) {
    byte[] nameBytes() {
      return name.getBytes(StandardCharsets.UTF_8);
    }

    boolean isLarge() {
      return size >= MAX_32 || header >= MAX_32;
    }
  }

  private final List<Planned> entries = new ArrayList<>();
  private final Set<String> names = new HashSet<>();
  private long end;

  /**
   * Plans an entry behind those before.
   *
   * @throws IllegalArgumentException if the name occurs twice or exceeds 65535 bytes
   */
  Planned add(String name, long size) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    if (!names.add(name) || bytes.length > 0xffff) {
      throw new IllegalArgumentException("zip entry name '" + name + "' twice or too long");
    }
    // Room for the zip64 field (20 bytes) and the header of the padding field (4 bytes).
    long earliest = end + 30 + bytes.length + 24;
    long data = (earliest + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    int extra = (int) (data - end - 30 - bytes.length);
    Planned planned = new Planned(name, end, extra, data, size, new CRC32());
    entries.add(planned);
    end = Math.addExact(data, size);
    return planned;
  }

  /** Plans an entry and writes its data. */
  void add(String name, byte[] content, OutputFile out) {
    Planned planned = add(name, content.length);
    planned.crc().update(content);
    out.write(ByteBuffer.wrap(content), planned.data());
  }

  /** Writes the local headers and the central directory. */
  void finish(OutputFile out) {
    long at = end;
    for (Planned entry : entries) {
      out.write(localHeader(entry), entry.header());
      ByteBuffer central = centralHeader(entry);
      long size = central.remaining();
      out.write(central, at);
      at += size;
    }
    out.write(endRecords(at), at);
  }

  private static ByteBuffer localHeader(Planned entry) {
    byte[] name = entry.nameBytes();
    ByteBuffer out = allocate(30 + name.length + entry.extra());
    boolean large = entry.size() >= MAX_32;
    common(out.putInt(0x04034b50), entry, large);
    out.putShort((short) name.length).putShort((short) entry.extra()).put(name);
    int used = 0;
    if (large) {
      out.putShort((short) 1).putShort((short) 16).putLong(entry.size()).putLong(entry.size());
      used = 20;
    }
    // "FB", the padding field PyTorch writes too.
    out.putShort((short) 0x4246).putShort((short) (entry.extra() - used - 4));
    return out.rewind();
  }

  private static ByteBuffer centralHeader(Planned entry) {
    boolean large = entry.isLarge();
    byte[] name = entry.nameBytes();
    ByteBuffer out = allocate(46 + name.length + (large ? 28 : 0));
    out.putInt(0x02014b50).putShort((short) 45);
    common(out, entry, large);
    out.putShort((short) name.length).putShort((short) (large ? 28 : 0));
    out.putShort((short) 0).putShort((short) 0).putShort((short) 0).putInt(0);
    out.putInt((int) (large ? MAX_32 : entry.header())).put(name);
    if (large) {
      out.putShort((short) 1).putShort((short) 24);
      out.putLong(entry.size()).putLong(entry.size()).putLong(entry.header());
    }
    return out.rewind();
  }

  /** The fields local and central headers share: version to size. */
  private static void common(ByteBuffer out, Planned entry, boolean large) {
    int utf8 = 1 << 11;
    out.putShort((short) (large ? 45 : 20)).putShort((short) utf8).putShort((short) 0);
    out.putShort((short) 0).putShort((short) DOS_DATE).putInt((int) entry.crc().getValue());
    int size = (int) (large ? MAX_32 : entry.size());
    out.putInt(size).putInt(size);
  }

  private ByteBuffer endRecords(long directoryEnd) {
    long size = directoryEnd - end;
    int count = entries.size();
    boolean large = count >= 0xffff || size >= MAX_32 || end >= MAX_32;
    ByteBuffer out = allocate(22 + (large ? 76 : 0));
    if (large) {
      out.putInt(0x06064b50).putLong(44).putShort((short) 45).putShort((short) 45);
      out.putInt(0).putInt(0).putLong(count).putLong(count).putLong(size).putLong(end);
      out.putInt(0x07064b50).putInt(0).putLong(directoryEnd).putInt(1);
    }
    short shortCount = (short) (large ? 0xffff : count);
    out.putInt(0x06054b50).putInt(0).putShort(shortCount).putShort(shortCount);
    out.putInt((int) (large ? MAX_32 : size)).putInt((int) (large ? MAX_32 : end));
    out.putShort((short) 0);
    return out.rewind();
  }

  private static ByteBuffer allocate(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }
}

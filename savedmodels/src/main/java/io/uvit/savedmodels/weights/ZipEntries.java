package io.uvit.savedmodels.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Reads the central directory of a zip archive (PKWARE APPNOTE 6.3, with zip64), so that the data
 * of stored entries can be mapped. Nothing is extracted: names are only names.
 */
final class ZipEntries {
  /** No deflate stream expands further than this (zlib technical details: 1032 to 1). */
  private static final long MAX_RATIO = 1032;

  private static final int MAX_ENTRIES = 1 << 20;
  private static final int MAX_DIRECTORY = 1 << 28;
  private static final int END_SIGNATURE = 0x06054b50;
  private static final int END64_SIGNATURE = 0x06064b50;
  private static final int LOCATOR_SIGNATURE = 0x07064b50;
  private static final int CENTRAL_SIGNATURE = 0x02014b50;
  private static final int LOCAL_SIGNATURE = 0x04034b50;
  private static final int END_SIZE = 22;
  private static final int LOCATOR_SIZE = 20;
  private static final int CENTRAL_SIZE = 46;
  private static final int LOCAL_SIZE = 30;
  private static final long SATURATED = 0xffffffffL;

  private record Directory(long offset, long size, long count) {}

  private final MappedSource source;

  private ZipEntries(MappedSource source) {
    this.source = source;
  }

  /** The entries by name, in directory order, each checked to lie alone inside the file. */
  static Map<String, ZipEntry> read(MappedSource source) {
    ZipEntries reader = new ZipEntries(source);
    Directory directory = reader.directory();
    Map<String, ZipEntry> entries = new LinkedHashMap<>();
    ByteBuffer central =
        source.region(directory.offset(), directory.size(), "zip central directory");
    for (long i = 0; i < directory.count(); i++) {
      ZipEntry entry = reader.entry(central, directory);
      if (entries.put(entry.name(), entry) != null) {
        throw source.wrong("zip entry '" + entry.name() + "'", "the name twice", "unique names");
      }
    }
    if (central.hasRemaining()) {
      throw source.wrong(
          "zip central directory", central.remaining() + " bytes more", "its declared size");
    }
    reader.requireDisjoint(entries);
    return entries;
  }

  private Directory directory() {
    long end = findEnd();
    ByteBuffer record = source.region(end, END_SIZE, "zip end record");
    int disks = record.getShort(4) | record.getShort(6);
    long count = Short.toUnsignedLong(record.getShort(10));
    long size = Integer.toUnsignedLong(record.getInt(12));
    long offset = Integer.toUnsignedLong(record.getInt(16));
    Directory directory = new Directory(offset, size, count);
    long limit = end;
    boolean saturated = count == 0xffff || size == SATURATED || offset == SATURATED;
    OptionalLong end64 = findEnd64(end);
    if (end64.isPresent()) {
      // Some writers, PyTorch's among them, add the zip64 records even where none is needed.
      limit = end64.getAsLong();
      directory = directory64(limit);
    } else if (saturated) {
      throw source.wrong("zip64 locator", "no locator", "one before the end record");
    } else if (disks != 0) {
      throw source.wrong("zip end record", "an archive of several disks", "one file");
    }
    if (directory.count() < 0 || directory.count() > MAX_ENTRIES) {
      throw source.wrong("zip archive", directory.count() + " entries", "at most " + MAX_ENTRIES);
    }
    if (directory.size() < 0
        || directory.size() > MAX_DIRECTORY
        || directory.offset() < 0
        || directory.offset() != limit - directory.size()) {
      throw source.wrong(
          "zip central directory",
          directory.size() + " bytes at " + directory.offset(),
          "at most " + MAX_DIRECTORY + " bytes that end at " + limit);
    }
    return directory;
  }

  private long findEnd() {
    long tail = Math.min(source.size(), END_SIZE + 0xffffL);
    ByteBuffer bytes = source.region(source.size() - tail, tail, "zip end record");
    for (int at = (int) tail - END_SIZE; at >= 0; at--) {
      if (bytes.getInt(at) == END_SIGNATURE
          && Short.toUnsignedInt(bytes.getShort(at + 20)) == tail - END_SIZE - at) {
        return source.size() - tail + at;
      }
    }
    throw source.wrong("zip archive", "no end record (truncated?)", "a whole zip file");
  }

  private OptionalLong findEnd64(long end) {
    if (end < LOCATOR_SIZE) {
      return OptionalLong.empty();
    }
    ByteBuffer locator = source.region(end - LOCATOR_SIZE, LOCATOR_SIZE, "zip64 locator");
    return locator.getInt(0) == LOCATOR_SIGNATURE
        ? OptionalLong.of(locator.getLong(8))
        : OptionalLong.empty();
  }

  private Directory directory64(long at) {
    ByteBuffer record = source.region(at, 56, "zip64 end record");
    if (record.getInt(0) != END64_SIGNATURE || (record.getInt(16) | record.getInt(20)) != 0) {
      throw source.wrong("zip64 end record", "other content at " + at, "the record of one disk");
    }
    return new Directory(record.getLong(48), record.getLong(40), record.getLong(32));
  }

  private ZipEntry entry(ByteBuffer central, Directory directory) {
    int start = central.position();
    if (central.remaining() < CENTRAL_SIZE || central.getInt(start) != CENTRAL_SIGNATURE) {
      throw source.wrong("zip central directory", "no entry at " + start, "as many as declared");
    }
    int nameLength = Short.toUnsignedInt(central.getShort(start + 28));
    int extraLength = Short.toUnsignedInt(central.getShort(start + 30));
    int commentLength = Short.toUnsignedInt(central.getShort(start + 32));
    if (nameLength + extraLength + commentLength > central.remaining() - CENTRAL_SIZE) {
      throw source.wrong("zip central directory", "a cut entry at " + start, "a whole one");
    }
    ByteBuffer nameBytes = central.slice(start + CENTRAL_SIZE, nameLength);
    String name = name(nameBytes.duplicate());
    String subject = "zip entry '" + name + "'";
    int flags = central.getShort(start + 8);
    int method = central.getShort(start + 10);
    if ((flags & 0x2041) != 0) {
      throw source.wrong(subject, "an encrypted entry", "plain data");
    }
    if (method != 0 && method != 8) {
      throw source.wrong(subject, "compression method " + method, "stored (0) or deflated (8)");
    }
    long[] sizes = {
      Integer.toUnsignedLong(central.getInt(start + 24)),
      Integer.toUnsignedLong(central.getInt(start + 20)),
      Integer.toUnsignedLong(central.getInt(start + 42))
    };
    ByteBuffer extra = central.slice(start + CENTRAL_SIZE + nameLength, extraLength);
    widen(sizes, extra.order(ByteOrder.LITTLE_ENDIAN), subject);
    central.position(start + CENTRAL_SIZE + nameLength + extraLength + commentLength);
    ZipEntry entry =
        new ZipEntry(
            name,
            method == 8,
            central.getInt(start + 16),
            dataOffset(sizes[2], nameBytes, subject),
            sizes[1],
            sizes[0]);
    requireSane(entry, directory, subject);
    return entry;
  }

  /** Replaces saturated fields (size, compressed size, offset) by those of the zip64 extra. */
  private void widen(long[] fields, ByteBuffer extra, String subject) {
    while (extra.remaining() >= 4) {
      int id = Short.toUnsignedInt(extra.getShort());
      int length = Short.toUnsignedInt(extra.getShort());
      if (length > extra.remaining()) {
        throw source.wrong(subject, "a cut extra field", "a whole one");
      }
      ByteBuffer body = extra.slice(extra.position(), length).order(ByteOrder.LITTLE_ENDIAN);
      extra.position(extra.position() + length);
      for (int i = 0; id == 1 && i < fields.length; i++) {
        if (fields[i] == SATURATED && body.remaining() >= 8) {
          fields[i] = body.getLong();
        }
      }
    }
  }

  private long dataOffset(long localOffset, ByteBuffer name, String subject) {
    ByteBuffer local = source.region(localOffset, LOCAL_SIZE, subject);
    int nameLength = Short.toUnsignedInt(local.getShort(26));
    int extraLength = Short.toUnsignedInt(local.getShort(28));
    if (local.getInt(0) != LOCAL_SIGNATURE
        || nameLength != name.remaining()
        || !source.region(localOffset + LOCAL_SIZE, nameLength, subject).equals(name)) {
      throw source.wrong(
          subject, "another header at " + localOffset, "the local header of the same name");
    }
    return localOffset + LOCAL_SIZE + nameLength + extraLength;
  }

  private void requireSane(ZipEntry entry, Directory directory, String subject) {
    long packed = entry.packedSize();
    long size = entry.size();
    if (packed < 0 || size < 0 || entry.offset() > directory.offset() - packed) {
      throw source.wrong(
          subject,
          packed + " bytes at offset " + entry.offset(),
          "data before the central directory at " + directory.offset());
    }
    if (!entry.deflated() && packed != size) {
      throw source.wrong(subject, packed + " bytes stored for " + size, "equal sizes");
    }
    if (entry.deflated() && size / MAX_RATIO > packed) {
      throw source.wrong(
          subject,
          packed + " bytes that declare " + size,
          "at most " + MAX_RATIO + " times, the limit of deflate");
    }
  }

  private void requireDisjoint(Map<String, ZipEntry> entries) {
    List<ZipEntry> sorted = new ArrayList<>(entries.values());
    sorted.sort(Comparator.comparingLong(ZipEntry::offset).thenComparingLong(ZipEntry::packedSize));
    long end = 0;
    for (ZipEntry entry : sorted) {
      if (entry.offset() < end) {
        throw source.wrong(
            "zip entry '" + entry.name() + "'",
            "data at " + entry.offset() + " inside another entry's",
            "entries that do not overlap");
      }
      end = entry.offset() + entry.packedSize();
    }
  }

  private String name(ByteBuffer bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      throw new WeightFileException(
          source.path(), "zip central directory", "a name of other bytes", "UTF-8 names", e);
    }
  }
}

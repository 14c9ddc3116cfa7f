package io.uvit.runner.device;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * {@code /etc/ld.so.cache}: the file in which {@code ldconfig} notes where libraries are. Format of
 * glibc 2.2 and newer (sysdeps/generic/dl-cache.h): a magic, the number of entries, 28 bytes that
 * do not matter here; then for each entry flags and the offsets of name and path from the magic.
 */
final class LoaderCache {
  private static final byte[] MAGIC = "glibc-ld.so.cache1.1".getBytes(StandardCharsets.US_ASCII);
  private static final int HEADER = 48;
  private static final int ENTRY = 24;

  /** An ELF library for x86-64. */
  private static final int X86_64 = 0x0303;

  private LoaderCache() {}

  /**
   * Paths of libraries for x86-64 by their names; none if the file is absent or of another format.
   */
  static Map<String, String> read(Path file) {
    try {
      return parse(Files.readAllBytes(file));
    } catch (IOException | BufferUnderflowException | IllegalArgumentException e) {
      return Map.of(); // the loader has no cache of a form it reads either, or it is cut off
    }
  }

  private static Map<String, String> parse(byte[] bytes) {
    int start = find(bytes);
    ByteBuffer data =
        ByteBuffer.wrap(bytes, start, bytes.length - start).slice().order(ByteOrder.LITTLE_ENDIAN);
    data.position(MAGIC.length);
    int count = data.getInt();
    Map<String, String> paths = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      data.position(HEADER + i * ENTRY);
      int flags = data.getInt();
      int name = data.getInt();
      int path = data.getInt();
      if (flags == X86_64) {
        paths.putIfAbsent(text(data, name), text(data, path));
      }
    }
    return paths;
  }

  /** Behind a cache of the older format there may be one of this. */
  private static int find(byte[] bytes) {
    for (int start = 0; start + HEADER <= bytes.length; start += Integer.BYTES) {
      int i = 0;
      while (i < MAGIC.length && bytes[start + i] == MAGIC[i]) {
        i++;
      }
      if (i == MAGIC.length) {
        return start;
      }
    }
    throw new IllegalArgumentException("no cache of this format");
  }

  private static String text(ByteBuffer data, int offset) {
    ByteBuffer rest = data.duplicate().position(offset);
    int length = 0;
    while (rest.get() != 0) {
      length++;
    }
    byte[] text = new byte[length];
    data.duplicate().position(offset).get(text);
    return new String(text, StandardCharsets.UTF_8);
  }
}

package io.uvit.runner.image;

/** Bounds-checked numbers of a file held in memory; reading past the end says "is truncated". */
final class ByteReader {
  private final byte[] bytes;

  ByteReader(byte[] bytes) {
    this.bytes = bytes;
  }

  int length() {
    return bytes.length;
  }

  int u8(int at) throws ImageFormatException {
    need(at, 1);
    return bytes[at] & 0xFF;
  }

  int u16be(int at) throws ImageFormatException {
    return u8(at) << 8 | u8(at + 1);
  }

  int u16le(int at) throws ImageFormatException {
    return u8(at) | u8(at + 1) << 8;
  }

  int i32be(int at) throws ImageFormatException {
    return u16be(at) << 16 | u16be(at + 2);
  }

  int i32le(int at) throws ImageFormatException {
    return u16le(at) | u16le(at + 2) << 16;
  }

  /** Whether the bytes from {@code at} on are these, each 0 to 255. */
  boolean has(int at, int... wanted) {
    if (at < 0 || at > bytes.length - wanted.length) {
      return false;
    }
    for (int i = 0; i < wanted.length; i++) {
      if ((bytes[at + i] & 0xFF) != wanted[i]) {
        return false;
      }
    }
    return true;
  }

  /** Whether the bytes from {@code at} on are this ASCII text. */
  boolean has(int at, String wanted) {
    return has(at, wanted.chars().toArray());
  }

  /** Demands {@code count} bytes from {@code at} on. */
  void need(long at, long count) throws ImageFormatException {
    if (at < 0 || count < 0 || at + count > bytes.length) {
      throw new ImageFormatException("is truncated");
    }
  }
}

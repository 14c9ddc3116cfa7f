package io.uvit.savedmodels.weights;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** The bytes of a pickle, read with every length checked; errors name the opcode's position. */
final class PickleInput {
  private static final int MAX_INTEGER_BYTES = 1 << 10;

  private final MappedSource source;
  private final String subject;
  private final ByteBuffer in;
  private int opcodeAt;

  /**
   * @param in the pickle, from position 0; little-endian
   */
  PickleInput(MappedSource source, String subject, ByteBuffer in) {
    this.source = source;
    this.subject = subject;
    this.in = in;
  }

  /** The next opcode. */
  int opcode() {
    opcodeAt = in.position();
    require(1);
    return Byte.toUnsignedInt(in.get());
  }

  int position() {
    return in.position();
  }

  int remaining() {
    return in.remaining();
  }

  int signed32() {
    require(4);
    return in.getInt();
  }

  long signed64() {
    require(8);
    return in.getLong();
  }

  Object integer(int size) {
    if (size > MAX_INTEGER_BYTES) {
      throw wrong("an integer of " + size + " bytes", "at most " + MAX_INTEGER_BYTES);
    }
    byte[] bytes = bytes(size);
    for (int i = 0, j = size - 1; i < j; i++, j--) {
      byte swap = bytes[i];
      bytes[i] = bytes[j];
      bytes[j] = swap;
    }
    BigInteger value = size == 0 ? BigInteger.ZERO : new BigInteger(bytes);
    if (value.bitLength() < Long.SIZE) {
      return value.longValue();
    }
    return value;
  }

  String line() {
    int start = in.position();
    int end = start;
    while (end < in.limit() && in.get(end) != '\n') {
      end++;
    }
    String line = utf8(bytes(end - start));
    require(1);
    in.get();
    return line;
  }

  String utf8(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new WeightFileException(source.path(), at(), "other bytes", "UTF-8 text", e);
    }
  }

  byte[] bytes(int length) {
    require(length);
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  int unsigned(int size) {
    require(size);
    return size == 1 ? Byte.toUnsignedInt(in.get()) : Short.toUnsignedInt(in.getShort());
  }

  int length(int size) {
    require(size);
    long length = size == 4 ? Integer.toUnsignedLong(in.getInt()) : in.getLong();
    if (length < 0 || length > Integer.MAX_VALUE) {
      throw wrong("a length of " + Long.toUnsignedString(length), "one inside the pickle");
    }
    return (int) length;
  }

  private void require(int count) {
    if (in.remaining() < count) {
      throw wrong("the end of the data", count + " bytes more");
    }
  }

  private String at() {
    return subject + " at byte " + opcodeAt;
  }

  WeightFileException wrong(String found, String wanted, Throwable cause) {
    return new WeightFileException(source.path(), at(), found, wanted, cause);
  }

  WeightFileException wrong(String found, String wanted) {
    return source.wrong(at(), found, wanted);
  }
}

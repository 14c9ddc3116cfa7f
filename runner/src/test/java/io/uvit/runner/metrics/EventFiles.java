package io.uvit.runner.metrics;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.proto.Event;

/** A strict reader of event files: every length and checksum is checked. */
final class EventFiles {
  private static final int POLYNOMIAL = 0x82f63b78; // CRC-32C, reflected

  private EventFiles() {}

  static List<Event> read(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    List<Event> events = new ArrayList<>();
    while (bytes.hasRemaining()) {
      byte[] length = new byte[8];
      bytes.get(bytes.position(), length);
      long n = bytes.getLong();
      check(bytes.getInt(), length);
      byte[] record = new byte[Math.toIntExact(n)];
      bytes.get(record);
      check(bytes.getInt(), record);
      events.add(Event.parseFrom(record));
    }
    return events;
  }

  private static void check(int found, byte[] bytes) throws IOException {
    int crc = crc(bytes);
    int wanted = ((crc >>> 15) | (crc << 17)) + 0xa282ead8;
    if (found != wanted) {
      throw new IOException("checksum: found %08x, wanted %08x".formatted(found, wanted));
    }
  }

  /** Bit by bit, so that it shares nothing with the code under test. */
  static int crc(byte[] bytes) {
    int crc = -1;
    for (byte b : bytes) {
      crc ^= b & 0xff;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 1) != 0 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
      }
    }
    return ~crc;
  }
}

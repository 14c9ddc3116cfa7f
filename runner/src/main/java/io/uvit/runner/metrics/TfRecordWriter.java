package io.uvit.runner.metrics;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * Writes TFRecord framing: length as uint64, its masked CRC-32C, the bytes, their masked CRC-32C,
 * all little-endian. Source: TensorFlow's {@code tensorflow/core/lib/io/record_writer.h}.
 *
 * <p><b>Threads</b>: used by one thread at a time. <b>Resources</b>: does not close the stream.
 */
final class TfRecordWriter {
  private static final int MASK_DELTA = 0xa282ead8;

  private final OutputStream out;

  TfRecordWriter(OutputStream out) {
    this.out = out;
  }

  void write(byte[] record) throws IOException {
    ByteBuffer header =
        ByteBuffer.allocate(Long.BYTES + Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    header.putLong(record.length);
    header.putInt(maskedCrc(header.array(), Long.BYTES));
    ByteBuffer footer = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    footer.putInt(maskedCrc(record, record.length));
    out.write(header.array());
    out.write(record);
    out.write(footer.array());
  }

  /** CRC-32C rotated right by 15 bits plus a constant, as the format wants. */
  static int maskedCrc(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return Integer.rotateRight((int) crc.getValue(), 15) + MASK_DELTA;
  }
}

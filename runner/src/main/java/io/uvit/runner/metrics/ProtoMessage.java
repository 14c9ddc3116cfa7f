package io.uvit.runner.metrics;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** One protobuf message on its way to bytes, field by field. */
final class ProtoMessage {
  private final ByteString.Output bytes = ByteString.newOutput();
  private final CodedOutputStream out = CodedOutputStream.newInstance(bytes);

  /** Writes one field into a buffer in memory. */
  private interface Field {
    void write() throws IOException;
  }

  ProtoMessage put(int field, double value) {
    return put(() -> out.writeDouble(field, value));
  }

  ProtoMessage put(int field, float value) {
    return put(() -> out.writeFloat(field, value));
  }

  /** Writes an int32, int64 or enum field: all have this form for values not below zero. */
  ProtoMessage put(int field, long value) {
    return put(() -> out.writeInt64(field, value));
  }

  ProtoMessage put(int field, String value) {
    return put(() -> out.writeString(field, value));
  }

  ProtoMessage put(int field, byte[] value) {
    return put(() -> out.writeByteArray(field, value));
  }

  ProtoMessage put(int field, ProtoMessage value) {
    ByteString content = value.toByteString();
    return put(() -> out.writeBytes(field, content)); // a message has the form of a byte string
  }

  byte[] toByteArray() {
    return toByteString().toByteArray();
  }

  private ByteString toByteString() {
    put(out::flush);
    return bytes.toByteString();
  }

  private ProtoMessage put(Field field) {
    try {
      field.write();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException("a buffer in memory does not fail", e);
    }
  }
}

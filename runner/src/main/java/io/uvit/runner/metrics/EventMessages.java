package io.uvit.runner.metrics;

import java.nio.charset.StandardCharsets;

/**
 * The messages of an event file, by the field numbers of TensorFlow's {@code
 * tensorflow/core/util/event.proto} and {@code tensorflow/core/framework/{summary,tensor}.proto}.
 */
final class EventMessages {
  /** The first record of every event file of the present format. */
  private static final String FILE_VERSION = "brain.Event:2";

  private static final int SESSION_START = 1; // SessionLog.SessionStatus.START
  private static final int DATA_CLASS_TENSOR = 2;
  private static final int DT_STRING = 7;

  private EventMessages() {}

  static ProtoMessage fileVersion(double wallTime) {
    return new ProtoMessage().put(1, wallTime).put(3, FILE_VERSION);
  }

  /** The start of a session whose first step is {@code step}. */
  static ProtoMessage sessionStart(double wallTime, long step) {
    return event(wallTime, step).put(7, new ProtoMessage().put(1, SESSION_START));
  }

  /** An event of summary values, all of one step. */
  static ProtoMessage summary(double wallTime, long step, Iterable<ProtoMessage> values) {
    ProtoMessage summary = new ProtoMessage();
    values.forEach(value -> summary.put(1, value));
    return event(wallTime, step).put(5, summary);
  }

  static ProtoMessage scalar(String tag, double value) {
    return new ProtoMessage().put(1, tag).put(2, (float) value);
  }

  static ProtoMessage image(String tag, PngHeader header, byte[] png) {
    ProtoMessage image =
        new ProtoMessage()
            .put(1, header.height())
            .put(2, header.width())
            .put(3, header.channels())
            .put(4, png);
    return new ProtoMessage().put(1, tag).put(4, image);
  }

  /** A scalar string tensor for the text plugin. */
  static ProtoMessage text(String tag, String markdown) {
    ProtoMessage scalarShape = new ProtoMessage();
    ProtoMessage tensor =
        new ProtoMessage()
            .put(1, DT_STRING)
            .put(2, scalarShape)
            .put(8, markdown.getBytes(StandardCharsets.UTF_8));
    ProtoMessage plugin = new ProtoMessage().put(1, "text");
    ProtoMessage metadata = new ProtoMessage().put(1, plugin).put(4, DATA_CLASS_TENSOR);
    return new ProtoMessage().put(1, tag).put(8, tensor).put(9, metadata);
  }

  private static ProtoMessage event(double wallTime, long step) {
    return new ProtoMessage().put(1, wallTime).put(2, step);
  }
}

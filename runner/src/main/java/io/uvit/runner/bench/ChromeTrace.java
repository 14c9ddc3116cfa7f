package io.uvit.runner.bench;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A step as a file for chrome://tracing, Perfetto and the like (the Trace Event Format, complete
 * events). A row for each device and each op that runs beside others: TensorFlow does not say on
 * which thread an op ran.
 */
final class ChromeTrace {
  private ChromeTrace() {}

  /**
   * Writes a trace.
   *
   * @throws IOException if the writer fails
   */
  static void write(StepTrace trace, Writer writer) throws IOException {
    JsonWriter json = new JsonWriter(writer);
    json.beginObject().name("displayTimeUnit").value("ms").name("traceEvents").beginArray();
    Map<String, List<Long>> rowsByDevice = new LinkedHashMap<>();
    List<String> devices = new ArrayList<>();
    for (TracedOp op : trace.ops()) {
      if (!rowsByDevice.containsKey(op.device())) {
        rowsByDevice.put(op.device(), new ArrayList<>());
        devices.add(op.device());
        name(json, devices.size() - 1, op.device());
      }
      int row = freeRow(rowsByDevice.get(op.device()), op);
      event(json, op, devices.indexOf(op.device()), row);
    }
    json.endArray().endObject();
    json.flush();
  }

  /** The first row whose last op has ended; a new one if there is none. */
  private static int freeRow(List<Long> ends, TracedOp op) {
    long end = op.startMicros() + op.durationMicros();
    for (int i = 0; i < ends.size(); i++) {
      if (ends.get(i) <= op.startMicros()) {
        ends.set(i, end);
        return i;
      }
    }
    ends.add(end);
    return ends.size() - 1;
  }

  private static void name(JsonWriter json, int process, String device) throws IOException {
    json.beginObject().name("name").value("process_name").name("ph").value("M");
    json.name("pid").value(process);
    json.name("args").beginObject().name("name").value(device).endObject().endObject();
  }

  private static void event(JsonWriter json, TracedOp op, int process, int row) throws IOException {
    json.beginObject().name("name").value(op.kind()).name("cat").value("op").name("ph").value("X");
    json.name("ts").value(op.startMicros()).name("dur").value(op.durationMicros());
    json.name("pid").value(process).name("tid").value(row);
    json.name("args").beginObject().name("node").value(op.name()).endObject().endObject();
  }
}

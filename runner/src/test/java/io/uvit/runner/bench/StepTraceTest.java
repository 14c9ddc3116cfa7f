package io.uvit.runner.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.proto.DeviceStepStats;
import org.tensorflow.proto.NodeExecStats;
import org.tensorflow.proto.StepStats;

class StepTraceTest {
  private static final String CPU = "/job:localhost/replica:0/task:0/device:CPU:0";

  private static NodeExecStats node(String label, long start, long micros) {
    String name = label.replaceFirst("^\\[[^\\]]*\\] ", "").replaceFirst(" = .*", "");
    return NodeExecStats.newBuilder()
        .setNodeName(name)
        .setTimelineLabel(label)
        .setAllStartMicros(start)
        .setOpStartRelMicros(1)
        .setOpEndRelMicros(1 + micros)
        .setAllEndRelMicros(2 + micros)
        .build();
  }

  private static StepTrace trace(NodeExecStats... nodes) {
    return StepTrace.of(
        StepStats.newBuilder()
            .addDevStats(
                DeviceStepStats.newBuilder().setDevice(CPU).addAllNodeStats(List.of(nodes)))
            .build());
  }

  private static StepTrace step() {
    return trace(
        node("uvit/in_blocks.3/mlp/MatMul = _MklMatMul(uvit/in_blocks.3/norm2/Add, w)", 1010, 30),
        node(
            "[mklcpu 0.3MB 0.3MB] in_blocks.3.mlp.fc1.weight.read = ReadVariableOp(in_blocks.3.mlp.fc1.weight)",
            1000,
            5),
        node(
            "Gradients/MatMul = MatMul(Gradients/AddN, in_blocks.3.mlp.fc1.weight.read)", 1050, 20),
        node("Gradients/Neg_1 = Neg(Gradients/MatMul:0, ^other)", 1050, 7),
        node("adamw/Mul = Mul(x, y)", 1090, 2),
        node("again/out_blocks.0/attn/Softmax = Softmax(x)", 1095, 3));
  }

  @Test
  void opsAreReadByStartWithKindInputsAndTimes() {
    StepTrace trace = step();
    assertEquals(
        new TracedOp(
            "in_blocks.3.mlp.fc1.weight.read",
            "ReadVariableOp",
            List.of("in_blocks.3.mlp.fc1.weight"),
            "/device:CPU:0",
            1,
            5),
        trace.ops().get(0));
    TracedOp negative =
        trace.ops().stream().filter(op -> op.kind().equals("Neg")).findFirst().orElseThrow();
    assertEquals(List.of("Gradients/MatMul"), negative.inputs());
    assertEquals(67, trace.totalMicros());
    assertEquals(99, trace.spanMicros());
  }

  @Test
  void gradientsBelongToTheModuleWhoseValuesTheyRead() {
    StepTrace trace = step();
    ModuleOfOps modules = new ModuleOfOps(trace);
    List<String> found = new ArrayList<>();
    trace.ops().forEach(op -> found.add(op.kind() + " " + modules.of(op)));
    assertEquals(
        List.of(
            "ReadVariableOp step",
            "_MklMatMul block/mlp",
            "MatMul d block/mlp",
            "Neg d block/mlp",
            "Mul adamw",
            "Softmax again block/attn"),
        found);
  }

  @Test
  void handWrittenGradientsBelongToTheModuleOfTheirValue() {
    StepTrace trace =
        trace(
            node("Gradients/uvit/in_blocks.3/mlp/IdentityN_1/Product = A(uvit/head/Reshape)", 0, 5),
            node("Gradients/uvit/head/IdentityN/Mul = B(uvit/in_blocks.3/mlp/BiasAdd)", 10, 5),
            node("Gradients_7/again/mid_block/norm1/IdentityN/X/Y/Cast = C(x)", 20, 5));
    ModuleOfOps modules = new ModuleOfOps(trace);
    assertEquals(
        List.of("d block/mlp", "d head", "d block/norm1"),
        trace.ops().stream().map(modules::of).toList());
  }

  @Test
  void aRowOfTheChromeTraceHoldsOneOpAtATime() throws Exception {
    StringWriter text = new StringWriter();
    ChromeTrace.write(step(), text);
    List<JsonObject> events = new ArrayList<>();
    JsonObject json = JsonParser.parseString(text.toString()).getAsJsonObject();
    for (JsonElement event : json.getAsJsonArray("traceEvents")) {
      if (event.getAsJsonObject().get("ph").getAsString().equals("X")) {
        events.add(event.getAsJsonObject());
      }
    }
    assertEquals(6, events.size());
    int beside = 0;
    for (JsonObject a : events) {
      for (JsonObject b : events) {
        if (a != b && overlap(a, b)) {
          beside++;
          assertTrue(number(a, "tid") != number(b, "tid"), a + " and " + b);
        }
      }
    }
    assertEquals(2, beside, "the two gradients ran side by side");
  }

  private static boolean overlap(JsonObject a, JsonObject b) {
    return number(a, "ts") < number(b, "ts") + number(b, "dur")
        && number(b, "ts") < number(a, "ts") + number(a, "dur");
  }

  private static long number(JsonObject event, String key) {
    return event.get(key).getAsLong();
  }

  @Test
  void tablesAddUpToTheWhole() {
    String table = ProfileTable.of(step());
    assertTrue(table.startsWith("6 ops, 0.1 ms from the first to the last, 0.1 ms in all"), table);
    assertTrue(table.contains("_MklMatMul"), table);
    assertTrue(table.contains("d block/mlp"), table);
    assertTrue(table.contains(" 44.8%"), table); // 30 of 67 microseconds
  }
}

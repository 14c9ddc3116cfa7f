package io.uvit.runner.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tensorflow.proto.DeviceStepStats;
import org.tensorflow.proto.NodeExecStats;
import org.tensorflow.proto.StepStats;

/**
 * The ops of one step from TensorFlow's step statistics, by start.
 *
 * @param ops in the order they started
 */
record StepTrace(List<TracedOp> ops) {
  /** {@code [memory] name = Kind(inputs)}, the first part only where memory was taken. */
  private static final Pattern LABEL =
      Pattern.compile("(?:\\[[^\\]]*\\] )?(\\S+) = ([^\\s(]+)\\((.*)\\)", Pattern.DOTALL);

  StepTrace {
    ops = List.copyOf(ops);
  }

  /** Reads step statistics of the kind that RunOptions' FULL_TRACE gives. */
  static StepTrace of(StepStats stats) {
    long first = Long.MAX_VALUE;
    for (DeviceStepStats device : stats.getDevStatsList()) {
      for (NodeExecStats node : device.getNodeStatsList()) {
        first = Math.min(first, node.getAllStartMicros());
      }
    }
    List<TracedOp> ops = new ArrayList<>();
    for (DeviceStepStats device : stats.getDevStatsList()) {
      for (NodeExecStats node : device.getNodeStatsList()) {
        ops.add(op(device.getDevice(), node, first));
      }
    }
    ops.sort(Comparator.comparingLong(TracedOp::startMicros));
    return new StepTrace(ops);
  }

  private static TracedOp op(String device, NodeExecStats node, long first) {
    Matcher label = LABEL.matcher(node.getTimelineLabel());
    boolean known = label.matches();
    return new TracedOp(
        node.getNodeName(),
        known ? label.group(2) : "unknown",
        known ? inputs(label.group(3)) : List.of(),
        device.substring(device.indexOf("/device:") < 0 ? 0 : device.indexOf("/device:")),
        node.getAllStartMicros() + node.getOpStartRelMicros() - first,
        Math.max(0, node.getOpEndRelMicros() - node.getOpStartRelMicros()));
  }

  private static List<String> inputs(String list) {
    return Arrays.stream(list.split(", "))
        .filter(input -> !input.isEmpty() && input.charAt(0) != '^')
        .map(input -> input.contains(":") ? input.substring(0, input.indexOf(':')) : input)
        .toList();
  }

  /** Sum over all ops; more than the step's time where ops ran side by side. */
  long totalMicros() {
    return ops.stream().mapToLong(TracedOp::durationMicros).sum();
  }

  /** From the start of the first op to the end of the last. */
  long spanMicros() {
    return ops.stream().mapToLong(op -> op.startMicros() + op.durationMicros()).max().orElse(0);
  }
}

package io.uvit.runner.bench;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** Where the time of a traced step goes, as text. */
final class ProfileTable {
  private static final int MOST_ROWS = 25;

  /** Ops of one key. */
  private static final class Row {
    private long micros;
    private int count;
  }

  private ProfileTable() {}

  /** Two tables: by kind of op, and by part of the program. */
  static String of(StepTrace trace) {
    ModuleOfOps modules = new ModuleOfOps(trace);
    return String.format(
            Locale.ROOT,
            "%d ops, %.1f ms from the first to the last, %.1f ms in all of them%n",
            trace.ops().size(),
            trace.spanMicros() / 1e3,
            trace.totalMicros() / 1e3)
        + table("kind of op", trace, TracedOp::kind)
        + table("part of the program (d: its gradient)", trace, modules::of);
  }

  private static String table(String title, StepTrace trace, Function<TracedOp, String> key) {
    Map<String, Row> rows = new TreeMap<>();
    for (TracedOp op : trace.ops()) {
      Row row = rows.computeIfAbsent(key.apply(op), k -> new Row());
      row.micros += op.durationMicros();
      row.count++;
    }
    double total = Math.max(1, trace.totalMicros());
    List<Map.Entry<String, Row>> sorted =
        rows.entrySet().stream()
            .sorted(
                Comparator.comparingLong((Map.Entry<String, Row> e) -> e.getValue().micros)
                    .reversed())
            .toList();
    StringBuilder text = new StringBuilder();
    text.append(String.format(Locale.ROOT, "%n%-40s %8s %10s %7s%n", title, "ops", "ms", "share"));
    long rest = 0;
    int restOps = 0;
    for (int i = 0; i < sorted.size(); i++) {
      Row row = sorted.get(i).getValue();
      if (i < MOST_ROWS) {
        line(text, sorted.get(i).getKey(), row.count, row.micros, total);
      } else {
        rest += row.micros;
        restOps += row.count;
      }
    }
    if (restOps > 0) {
      line(text, "all others", restOps, rest, total);
    }
    return text.toString();
  }

  private static void line(StringBuilder text, String key, int ops, long micros, double total) {
    text.append(
        String.format(
            Locale.ROOT,
            "%-40s %8d %10.2f %6.1f%%%n",
            key,
            ops,
            micros / 1e3,
            100 * micros / total));
  }
}

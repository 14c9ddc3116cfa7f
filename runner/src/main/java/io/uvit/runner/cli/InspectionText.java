package io.uvit.runner.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** Lays an {@link Inspection} out for people: facts one a line, then a table for each list. */
final class InspectionText {
  private static final int FACT_COLUMN = 24;

  private final StringBuilder facts = new StringBuilder();
  private final StringBuilder tables = new StringBuilder();

  private InspectionText() {}

  static String of(JsonObject json) {
    InspectionText text = new InspectionText();
    text.add("", json);
    return text.facts.append(text.tables).toString();
  }

  private void add(String prefix, JsonObject json) {
    for (Map.Entry<String, JsonElement> entry : json.entrySet()) {
      String name = prefix + entry.getKey();
      if (entry.getValue() instanceof JsonObject group) {
        add(name + " ", group);
      } else if (entry.getValue() instanceof JsonArray rows) {
        table(name, rows);
      } else {
        facts
            .append(String.format(Locale.ROOT, "%-" + (FACT_COLUMN - 1) + "s ", name))
            .append(text(entry.getValue()))
            .append('\n');
      }
    }
  }

  private void table(String name, JsonArray rows) {
    tables.append('\n').append(name).append(" (").append(rows.size()).append("):\n");
    Map<String, Integer> widths = new LinkedHashMap<>();
    for (JsonElement row : rows) {
      row.getAsJsonObject()
          .entrySet()
          .forEach(cell -> widths.merge(cell.getKey(), text(cell.getValue()).length(), Math::max));
    }
    for (JsonElement row : rows) {
      List<String> cells = new ArrayList<>();
      widths.forEach(
          (column, width) -> {
            JsonElement cell = row.getAsJsonObject().get(column);
            String value = cell == null ? "" : text(cell);
            cells.add(value + " ".repeat(width - value.length()));
          });
      tables.append("  ").append(String.join("  ", cells).stripTrailing()).append('\n');
    }
  }

  private static String text(JsonElement value) {
    if (value instanceof JsonArray shape) {
      return StreamSupport.stream(shape.spliterator(), false)
          .map(d -> d.getAsLong() < 0 ? "?" : d.getAsString())
          .collect(Collectors.joining(", ", "[", "]"));
    }
    if (value instanceof JsonPrimitive primitive) {
      return primitive.isNumber()
          ? String.format(Locale.ROOT, "%,d", primitive.getAsLong())
          : primitive.getAsString();
    }
    return "any shape"; // null: not even the number of dimensions is known
  }
}

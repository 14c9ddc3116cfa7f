package io.uvit.runner.metrics;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * One line of {@code metrics.jsonl}: the step and named values, in the order they were put.
 *
 * <p>Values under the names in {@link #TIMING} depend on the machine and the moment. Values under
 * all other names are functions of the experiment alone: on one CPU they are equal in every run of
 * it, interrupted or not.
 *
 * <p>Numbers that are exactly float32 are written with float32's shortest digits: read as float32
 * they give the same bits. A value that is not finite is written as the string {@code "NaN"},
 * {@code "Infinity"} or {@code "-Infinity"}, since JSON has no such numbers.
 *
 * <p><b>Threads</b>: used by one thread at a time.
 */
public final class MetricsLine {
  /** The names of values that are measurements of time, speed or memory. */
  public static final Set<String> TIMING =
      Set.of("seconds", "images_per_second", "wait_fraction", "resident_bytes", "peak_bytes");

  private final long step;
  private final JsonObject json = new JsonObject();
  private final Map<String, Double> scalars = new LinkedHashMap<>();

  private MetricsLine(long step) {
    this.step = step;
    json.addProperty("step", step);
  }

  /** Starts the line of a step; {@code step} counts finished steps, from 1. */
  public static MetricsLine at(long step) {
    if (step < 0) {
      throw new IllegalArgumentException("step: found " + step + ", wanted 0 or more");
    }
    return new MetricsLine(step);
  }

  /**
   * Adds a real number.
   *
   * @throws IllegalArgumentException when the name is in the line already
   */
  public MetricsLine put(String name, double value) {
    return add(name, number(value), value);
  }

  /** Adds a whole number; see {@link #put(String, double)}. */
  public MetricsLine put(String name, long value) {
    return add(name, new JsonPrimitive(value), value);
  }

  /**
   * Adds a list, such as the loss in each band of noise; NaN stands for "no sample here" and is
   * written as null.
   */
  public MetricsLine put(String name, double[] values) {
    requireNew(name);
    JsonArray array = new JsonArray();
    for (int i = 0; i < values.length; i++) {
      if (Double.isNaN(values[i])) {
        array.add(JsonNull.INSTANCE);
      } else {
        array.add(number(values[i]));
        scalars.put(name + "/" + i, values[i]);
      }
    }
    json.add(name, array);
    return this;
  }

  /** The step of this line. */
  public long step() {
    return step;
  }

  /** Every number but the step by name, in order; element i of a list is {@code name/i}. */
  public Map<String, Double> scalars() {
    return Collections.unmodifiableMap(scalars);
  }

  /** The line as JSON, without a line end. */
  public String toJson() {
    return json.toString();
  }

  private MetricsLine add(String name, JsonElement element, double value) {
    requireNew(name);
    json.add(name, element);
    scalars.put(name, value);
    return this;
  }

  private void requireNew(String name) {
    if (json.has(name)) {
      throw new IllegalArgumentException("metric '" + name + "' is in the line already");
    }
  }

  private static JsonElement number(double value) {
    if (!Double.isFinite(value)) {
      return new JsonPrimitive(Double.toString(value));
    }
    // A boxed Float prints float32's shortest digits.
    return (float) value == value ? new JsonPrimitive((float) value) : new JsonPrimitive(value);
  }
}

package io.uvit.savedmodels.weights;

import java.math.BigInteger;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Operations on pickled containers. Wrong kinds throw {@link IllegalArgumentException}. */
final class PickleValues {
  private static final int MAX_KEY_TUPLE = 16;

  private PickleValues() {}

  static void append(Object list, List<Object> items) {
    asList(list).addAll(items);
  }

  /** Puts alternating keys and values. */
  static void put(Object map, List<Object> items) {
    if (items.size() % 2 != 0) {
      throw new IllegalArgumentException("a key without value");
    }
    Map<Object, Object> target = asMap(map);
    for (int i = 0; i < items.size(); i += 2) {
      target.put(key(items.get(i)), items.get(i + 1));
    }
  }

  static void add(Object set, List<Object> items) {
    if (!(set instanceof LinkedHashSet<?>)) {
      throw new IllegalArgumentException(kind(set) + " instead of a set");
    }
    @SuppressWarnings("unchecked") // every set of a pickle is made here, of Object
    Set<Object> target = (Set<Object>) set;
    items.forEach(item -> target.add(key(item)));
  }

  static Set<Object> set(List<?> items) {
    Set<Object> set = new LinkedHashSet<>();
    items.forEach(item -> set.add(key(item)));
    return set;
  }

  @SuppressWarnings("unchecked") // every map of a pickle is of Object to Object
  static Map<Object, Object> asMap(Object value) {
    if (!(value instanceof Map<?, ?>)) {
      throw new IllegalArgumentException(kind(value) + " instead of a dict");
    }
    return (Map<Object, Object>) value;
  }

  static PickleTuple asTuple(Object value) {
    if (!(value instanceof PickleTuple tuple)) {
      throw new IllegalArgumentException(kind(value) + " instead of a tuple");
    }
    return tuple;
  }

  static long asLong(Object value) {
    if (!(value instanceof Long number)) {
      throw new IllegalArgumentException(kind(value) + " instead of an integer");
    }
    return number;
  }

  static String asString(Object value) {
    if (!(value instanceof String string)) {
      throw new IllegalArgumentException(kind(value) + " instead of a string");
    }
    return string;
  }

  /** A short word for errors; never the content of a container. */
  static String kind(Object value) {
    if (value == null) {
      return "None";
    }
    return value instanceof PickleGlobal global ? global.name() : value.getClass().getSimpleName();
  }

  @SuppressWarnings("unchecked") // every list of a pickle is of Object
  private static List<Object> asList(Object value) {
    if (!(value instanceof List<?>) || value instanceof PickleTuple) {
      throw new IllegalArgumentException(kind(value) + " instead of a list");
    }
    return (List<Object>) value;
  }

  /**
   * A value that may be a key: a scalar or a short tuple of scalars. Deeper keys are refused, since
   * hashing shared nested tuples takes exponential time.
   */
  private static Object key(Object value) {
    if (value instanceof PickleTuple tuple && tuple.size() <= MAX_KEY_TUPLE) {
      tuple.forEach(PickleValues::scalar);
      return tuple;
    }
    return scalar(value);
  }

  private static Object scalar(Object value) {
    if (value == null
        || value instanceof String
        || value instanceof Long
        || value instanceof BigInteger
        || value instanceof Double
        || value instanceof Boolean
        || value instanceof DataType) {
      return value;
    }
    throw new IllegalArgumentException(kind(value) + " as a key");
  }
}

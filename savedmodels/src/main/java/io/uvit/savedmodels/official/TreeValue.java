package io.uvit.savedmodels.official;

import io.uvit.savedmodels.weights.TorchFile;
import io.uvit.savedmodels.weights.TorchTensor;
import io.uvit.savedmodels.weights.WeightFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A value in the object tree of a PyTorch file. Every method throws {@link WeightFileException}
 * with the value's path if it is of another kind.
 *
 * @param file the file
 * @param path keys and indices from the root, joined by {@code '/'}
 * @param value plain Java, as {@link TorchFile#root} gives it
 */
record TreeValue(Path file, String path, Object value) {

  static TreeValue root(Path file, TorchFile content) {
    return new TreeValue(file, "", content.root());
  }

  /** An item of a dictionary. */
  TreeValue at(Object key) {
    return find(key).orElseThrow(() -> wrong("no entry '" + key + "'", "a dictionary that has it"));
  }

  /** An item of a dictionary, empty if there is none of the key. */
  Optional<TreeValue> find(Object key) {
    Map<?, ?> map = map();
    return map.containsKey(key)
        ? Optional.of(new TreeValue(file, join(key), map.get(key)))
        : Optional.empty();
  }

  Map<?, ?> map() {
    if (value instanceof Map<?, ?> map) {
      return map;
    }
    throw wrong(description(), "a dictionary");
  }

  /** The items of a list or tuple. */
  List<TreeValue> items() {
    if (!(value instanceof List<?> list)) {
      throw wrong(description(), "a list");
    }
    List<TreeValue> items = new ArrayList<>();
    for (Object item : list) {
      items.add(new TreeValue(file, join(items.size()), item));
    }
    return items;
  }

  /** The only item of a list. */
  TreeValue only() {
    List<TreeValue> items = items();
    if (items.size() != 1) {
      throw wrong(items.size() + " items", "one");
    }
    return items.get(0);
  }

  /** A number, or a tensor of one. */
  double number() {
    if (value instanceof Double || value instanceof Long) {
      return ((Number) value).doubleValue();
    }
    if (value instanceof TorchTensor tensor && tensor.shape().stream().allMatch(d -> d == 1)) {
      return tensor.doubles()[0];
    }
    throw wrong(description(), "a number");
  }

  /** A whole number from 0 on, or a tensor of one, of whatever type. */
  long count() {
    double number = number();
    if (number < 0 || number != Math.rint(number) || number > 1L << 53) {
      throw wrong(String.valueOf(number), "a whole number from 0 to 2^53");
    }
    return value instanceof Long exact ? exact : (long) number;
  }

  /** Whether this is {@code True}. */
  boolean isTrue() {
    return Boolean.TRUE.equals(value);
  }

  /** The error that this value is another one than was wanted. */
  WeightFileException wrong(String found, String wanted) {
    return new WeightFileException(file, path.isEmpty() ? "content" : path, found, wanted);
  }

  private String join(Object key) {
    return path.isEmpty() ? String.valueOf(key) : path + "/" + key;
  }

  /** A short word; never the content of a container. */
  private String description() {
    if (value instanceof Map<?, ?>) {
      return "a dictionary";
    }
    if (value instanceof List<?> list) {
      return "a list of " + list.size();
    }
    return value instanceof TorchTensor tensor ? "a tensor " + tensor : String.valueOf(value);
  }
}

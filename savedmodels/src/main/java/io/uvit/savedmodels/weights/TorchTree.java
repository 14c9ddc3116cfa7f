package io.uvit.savedmodels.weights;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Finds the tensors of an object tree and names them by their path. */
final class TorchTree {
  private static final int MAX_DEPTH = 64;
  private static final int MAX_VISITS = 1 << 22;
  private static final int MAX_TENSORS = 1 << 18;
  private static final int MAX_NAME = 1 << 12;

  private final MappedSource source;
  private final Map<String, TorchTensor> tensors = new LinkedHashMap<>();
  private int visits;

  private TorchTree(MappedSource source) {
    this.source = source;
  }

  static Map<String, TorchTensor> flatten(Object root, MappedSource source) {
    TorchTree tree = new TorchTree(source);
    tree.visit("", root, 0);
    return tree.tensors;
  }

  private void visit(String path, Object value, int depth) {
    if (++visits > MAX_VISITS || tensors.size() > MAX_TENSORS || path.length() > MAX_NAME) {
      throw source.wrong(
          "object tree",
          "more than %d values, %d tensors or %d letters of a name"
              .formatted(MAX_VISITS, MAX_TENSORS, MAX_NAME),
          "a smaller tree");
    }
    if (depth > MAX_DEPTH) {
      throw source.wrong("object tree", "deeper nesting", "at most " + MAX_DEPTH + " levels");
    }
    if (value instanceof TorchTensor tensor) {
      String name = depth == 0 ? TensorFile.SOLE_NAME : path;
      if (tensors.put(name, tensor) != null) {
        throw source.wrong("object tree", "two tensors of path '" + name + "'", "unique paths");
      }
    } else if (value instanceof Map<?, ?> map) {
      map.forEach((key, item) -> visit(join(path, key, depth), item, depth + 1));
    } else if (value instanceof List<?> list) {
      for (int i = 0; i < list.size(); i++) {
        visit(join(path, i, depth), list.get(i), depth + 1);
      }
    } else if (value instanceof Set<?>) {
      visits += ((Set<?>) value).size();
    }
  }

  private static String join(String path, Object key, int depth) {
    return depth == 0 ? String.valueOf(key) : path + "/" + key;
  }
}

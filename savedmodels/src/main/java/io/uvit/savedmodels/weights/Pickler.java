package io.uvit.savedmodels.weights;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes plain Java values as a pickle of protocol 2 that PyTorch's {@code weights_only} loader
 * accepts: the inverse of {@link Unpickler} for maps, lists, numbers, text and tensors. No memo is
 * used, so that a shared container is written twice.
 */
final class Pickler {
  static final int MAX_DEPTH = 64;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final Map<TensorEntry, String> storageKeys;

  private Pickler(Map<TensorEntry, String> storageKeys) {
    this.storageKeys = storageKeys;
  }

  /**
   * Pickles a value.
   *
   * @param storageKeys the storage of each tensor of the tree, by identity
   * @throws IllegalArgumentException if the tree holds something else or is too deep
   */
  static byte[] pickle(Object root, IdentityHashMap<TensorEntry, String> storageKeys) {
    Pickler pickler = new Pickler(storageKeys);
    pickler.op(0x80, 2);
    pickler.value(root, 0);
    pickler.op('.');
    return pickler.out.toByteArray();
  }

  private void value(Object value, int depth) {
    if (depth > MAX_DEPTH) {
      throw new IllegalArgumentException("nested deeper than " + MAX_DEPTH);
    }
    if (value == null) {
      op('N');
    } else if (value instanceof Boolean flag) {
      op(flag ? 0x88 : 0x89);
    } else if (value instanceof Long || value instanceof Integer) {
      integer(((Number) value).longValue());
    } else if (value instanceof Double || value instanceof Float) {
      op('G');
      bytes(Long.reverseBytes(Double.doubleToLongBits(((Number) value).doubleValue())), 8);
    } else if (value instanceof String text) {
      text(text);
    } else if (value instanceof TensorEntry tensor) {
      tensor(tensor);
    } else if (value instanceof DataType type) {
      global("torch", type.torchName());
    } else if (value instanceof PickleTuple tuple) {
      tuple(tuple, depth);
    } else if (value instanceof List<?> list) {
      op(']', '(');
      list.forEach(item -> value(item, depth + 1));
      op('e');
    } else if (value instanceof Map<?, ?> map) {
      map(map, depth);
    } else {
      throw new IllegalArgumentException("a value of " + value.getClass() + " for a pickle");
    }
  }

  private void map(Map<?, ?> map, int depth) {
    if (depth == 0) {
      orderedDict();
    } else {
      op('}');
    }
    op('(');
    map.forEach(
        (key, item) -> {
          value(key, depth + 1);
          value(item, depth + 1);
        });
    op('u');
  }

  private void tuple(List<?> items, int depth) {
    op('(');
    items.forEach(item -> value(item, depth + 1));
    op('t');
  }

  private void tensor(TensorEntry tensor) {
    boolean typed = tensor.type().torchStorage().isPresent();
    global("torch._utils", typed ? "_rebuild_tensor_v2" : "_rebuild_tensor_v3");
    op('(', '(');
    text("storage");
    if (typed) {
      global("torch", tensor.type().torchStorage().orElseThrow());
    } else {
      global("torch.storage", "UntypedStorage");
    }
    text(storageKeys.get(tensor));
    text("cpu");
    integer(typed ? tensor.elements() : tensor.bytes());
    op('t', 'Q');
    integer(0);
    integers(tensor.shape());
    integers(strides(tensor.shape()));
    op(0x89);
    orderedDict();
    if (!typed) {
      global("torch", tensor.type().torchName());
    }
    op('t', 'R');
  }

  private static List<Long> strides(List<Long> shape) {
    Long[] strides = new Long[shape.size()];
    long stride = 1;
    for (int axis = strides.length - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride *= Math.max(1, shape.get(axis));
    }
    return List.of(strides);
  }

  private void integers(List<Long> values) {
    op('(');
    values.forEach(this::integer);
    op('t');
  }

  private void orderedDict() {
    global("collections", "OrderedDict");
    op(')', 'R');
  }

  private void integer(long value) {
    if (value >= 0 && value < 256) {
      op('K', (int) value);
    } else if (value == (int) value) {
      op('J');
      bytes(value, 4);
    } else {
      byte[] bigEndian = BigInteger.valueOf(value).toByteArray();
      op(0x8a, bigEndian.length);
      for (int i = bigEndian.length - 1; i >= 0; i--) {
        out.write(bigEndian[i]);
      }
    }
  }

  private void text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    op('X');
    bytes(utf8.length, 4);
    out.writeBytes(utf8);
  }

  private void global(String module, String name) {
    op('c');
    out.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
  }

  private void bytes(long value, int count) {
    for (int i = 0; i < count; i++) {
      out.write((int) (value >>> (8 * i)));
    }
  }

  private void op(int... codes) {
    for (int code : codes) {
      out.write(code);
    }
  }
}

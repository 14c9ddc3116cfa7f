package io.uvit.savedmodels.weights;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The globals a PyTorch checkpoint may name, and what they stand for: containers, tensor rebuilding
 * (torch/_utils.py), storages, dtypes and numpy scalars. The list is the whole of what a file can
 * ask for; each entry only builds a value.
 */
final class TorchGlobals {
  /**
   * A storage class.
   *
   * @param type the element type; null for an untyped storage
   */
  record StorageClass(DataType type) {
    int elementSize() {
      return type == null ? 1 : type.size();
    }
  }

  private static final String PARAMETER = "torch.nn.parameter.";
  private static final String REBUILD = "torch._utils._rebuild_";
  private static final Map<String, Object> ALLOWED = allowed();

  private TorchGlobals() {}

  /** The value of a global; null if it is not allowed. */
  static Object find(String name) {
    return ALLOWED.get(name);
  }

  /** Applies state to an object: attributes of a dict subclass, of a Namespace, of a dtype. */
  static void build(Object object, Object state) {
    if (object instanceof NumpyScalars.Dtype dtype) {
      dtype.setState(PickleValues.asTuple(state));
    } else if (object instanceof Namespace namespace) {
      namespace.putAll(PickleValues.asMap(state));
    } else {
      // Attributes such as _metadata of a state dict; they are no items of it.
      PickleValues.asMap(object);
      PickleValues.asMap(state);
    }
  }

  /** The attributes of an {@code argparse.Namespace}. */
  private static final class Namespace extends LinkedHashMap<Object, Object> {
    private static final long serialVersionUID = 1L;
  }

  private static Map<String, Object> allowed() {
    Map<String, Object> all = new HashMap<>();
    define(all, "collections.OrderedDict", TorchGlobals::dictionary);
    define(all, "collections.Counter", TorchGlobals::dictionary);
    define(all, "argparse.Namespace", arguments -> empty(arguments, new Namespace()));
    define(all, "_codecs.encode", TorchGlobals::encode);
    define(all, "torch.Size", arguments -> PickleValues.asTuple(arguments.get(0)));
    define(all, "torch.device", TorchGlobals::device);
    define(all, REBUILD + "tensor", TorchGlobals::tensor);
    define(all, REBUILD + "tensor_v2", TorchGlobals::tensor);
    define(all, REBUILD + "tensor_v3", TorchGlobals::tensorOfType);
    define(all, REBUILD + "parameter", TorchGlobals::parameter);
    define(all, REBUILD + "parameter_with_state", TorchGlobals::parameter);
    define(all, "torch._tensor._rebuild_from_type_v2", TorchGlobals::tensorOfClass);
    for (String kind : List.of("torch.Tensor", PARAMETER + "Parameter", PARAMETER + "Buffer")) {
      define(all, kind, TorchGlobals::noConstructor);
    }
    for (String module : List.of("__builtin__", "builtins")) {
      define(all, module + ".set", arguments -> PickleValues.set(items(arguments)));
      define(all, module + ".frozenset", arguments -> PickleValues.set(items(arguments)));
      define(all, module + ".bytes", TorchGlobals::bytes);
      define(all, module + ".bytearray", TorchGlobals::bytes);
    }
    define(all, "numpy.dtype", NumpyScalars::dtype);
    define(all, "numpy.core.multiarray.scalar", NumpyScalars::scalar);
    define(all, "numpy._core.multiarray.scalar", NumpyScalars::scalar);
    for (DataType type : DataType.values()) {
      all.put("torch." + type.torchName(), type);
      type.torchStorage()
          .ifPresent(
              name -> {
                all.put("torch." + name, new StorageClass(type));
                all.put("torch.cuda." + name, new StorageClass(type));
              });
    }
    all.put("torch.storage.UntypedStorage", new StorageClass(null));
    all.put("torch.UntypedStorage", new StorageClass(null));
    return Map.copyOf(all);
  }

  private static void define(
      Map<String, Object> all, String name, Function<List<Object>, Object> call) {
    all.put(name, new PickleGlobal(name, call));
  }

  private static Object dictionary(List<Object> arguments) {
    Map<Object, Object> map = new LinkedHashMap<>();
    if (arguments.isEmpty()) {
      return map;
    }
    if (arguments.get(0) instanceof Map<?, ?> other) {
      map.putAll(other);
      return map;
    }
    // Python 2 passes a list of [key, value] lists.
    for (Object pair : items(arguments)) {
      PickleValues.put(map, new ArrayList<>((List<?>) pair));
    }
    return map;
  }

  private static Object empty(List<Object> arguments, Object value) {
    if (!arguments.isEmpty()) {
      throw new IllegalArgumentException(arguments.size() + " arguments");
    }
    return value;
  }

  private static List<?> items(List<Object> arguments) {
    if (arguments.isEmpty()) {
      return List.of();
    }
    if (!(arguments.get(0) instanceof List<?> list)) {
      throw new IllegalArgumentException(PickleValues.kind(arguments.get(0)) + " of items");
    }
    return list;
  }

  /** How protocol 2 writes bytes: a string of the characters 0 to 255. */
  private static Object encode(List<Object> arguments) {
    String text = PickleValues.asString(arguments.get(0));
    String codec = PickleValues.asString(arguments.get(1));
    if (!codec.equals("latin1") && !codec.equals("latin-1")) {
      throw new IllegalArgumentException("codec " + codec);
    }
    if (!text.chars().allMatch(c -> c < 256)) {
      throw new IllegalArgumentException("text outside latin1");
    }
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static Object bytes(List<Object> arguments) {
    if (arguments.isEmpty()) {
      return new byte[0];
    }
    return arguments.get(0) instanceof byte[] bytes ? bytes : encode(arguments);
  }

  private static Object device(List<Object> arguments) {
    String kind = PickleValues.asString(arguments.get(0));
    return arguments.size() == 1 ? kind : kind + ":" + PickleValues.asLong(arguments.get(1));
  }

  private static Object tensor(List<Object> arguments) {
    DataType type = slice(arguments).type();
    if (type == null) {
      throw new IllegalArgumentException("an untyped storage without dtype");
    }
    requireNoViewBits(arguments, 6);
    return tensor(arguments, type);
  }

  private static Object tensorOfType(List<Object> arguments) {
    if (!(arguments.get(6) instanceof DataType type)) {
      throw new IllegalArgumentException(PickleValues.kind(arguments.get(6)) + " as a dtype");
    }
    requireNoViewBits(arguments, 7);
    return tensor(arguments, type);
  }

  /** A tensor with Python attributes, or a buffer: (function, class, arguments, attributes). */
  private static Object tensorOfClass(List<Object> arguments) {
    if (!(arguments.get(0) instanceof PickleGlobal function)
        || !function.name().startsWith(REBUILD)) {
      throw new IllegalArgumentException(
          PickleValues.kind(arguments.get(0)) + " to rebuild a tensor");
    }
    return function.call().apply(PickleValues.asTuple(arguments.get(2)));
  }

  private static Object noConstructor(List<Object> arguments) {
    throw new IllegalArgumentException("a constructor call of " + arguments.size() + " arguments");
  }

  private static TorchTensor tensor(List<Object> arguments, DataType type) {
    return TorchTensor.view(
        slice(arguments),
        type,
        PickleValues.asLong(arguments.get(1)),
        PickleValues.asTuple(arguments.get(2)),
        PickleValues.asTuple(arguments.get(3)));
  }

  private static TorchStorage.Slice slice(List<Object> arguments) {
    if (!(arguments.get(0) instanceof TorchStorage.Slice slice)) {
      throw new IllegalArgumentException(PickleValues.kind(arguments.get(0)) + " as a storage");
    }
    return slice;
  }

  /** Lazily conjugated or negated views carry a bit in an optional dictionary. */
  private static void requireNoViewBits(List<Object> arguments, int index) {
    if (arguments.size() > index
        && arguments.get(index) instanceof Map<?, ?> metadata
        && metadata.containsValue(true)) {
      throw new IllegalArgumentException("a lazily negated or conjugated view");
    }
  }

  private static Object parameter(List<Object> arguments) {
    if (!(arguments.get(0) instanceof TorchTensor tensor)) {
      throw new IllegalArgumentException(PickleValues.kind(arguments.get(0)) + " as a tensor");
    }
    return tensor;
  }
}

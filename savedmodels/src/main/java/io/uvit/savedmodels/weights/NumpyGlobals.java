package io.uvit.savedmodels.weights;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The globals that a numpy file of objects may name: array rebuilding (numpy/core/multiarray.py
 * _reconstruct, numpy/core/numeric.py _frombuffer), dtypes and scalars, under their names of numpy
 * 1 and 2. Shorter than {@link TorchGlobals}: no containers, no tensors.
 */
final class NumpyGlobals implements PickleContext {
  private static final List<String> CORES = List.of("numpy.core.", "numpy._core.");

  private final Map<String, PickleGlobal> allowed = new HashMap<>();
  private long encodable;

  /**
   * @param size of the pickle: at most so many bytes are made of text, as each piece is needed once
   */
  NumpyGlobals(int size) {
    this.encodable = size;
    define("numpy.ndarray", NumpyGlobals::noConstructor);
    define("numpy.dtype", NumpyGlobals::dtype);
    define("_codecs.encode", this::encode);
    for (String core : CORES) {
      define(core + "multiarray._reconstruct", NumpyGlobals::reconstruct);
      define(core + "multiarray.scalar", NumpyScalars::scalar);
      define(core + "numeric._frombuffer", NumpyGlobals::fromBuffer);
    }
    for (String module : List.of("__builtin__.", "builtins.")) {
      define(module + "bytes", this::bytes);
      define(module + "bytearray", this::bytes);
    }
  }

  private void define(String name, Function<List<Object>, Object> call) {
    allowed.put(name, new PickleGlobal(name, call));
  }

  @Override
  public Object global(String name) {
    return allowed.get(name);
  }

  @Override
  public Object persistent(Object id) {
    return NOTHING.persistent(id);
  }

  @Override
  public void build(Object object, Object state) {
    if (object instanceof PickledArray array) {
      array.setState(PickleValues.asTuple(state));
    } else if (object instanceof NumpyScalars.Dtype dtype) {
      dtype.setState(PickleValues.asTuple(state));
    } else {
      throw new IllegalArgumentException("state for " + PickleValues.kind(object));
    }
  }

  private static Object noConstructor(List<Object> arguments) {
    throw new IllegalArgumentException("a constructor call");
  }

  /** (type such as 'f4', whether to align, whether to copy); 'O8' are objects. */
  private static Object dtype(List<Object> arguments) {
    String code = PickleValues.asString(arguments.get(0));
    return code.equals("O8") || code.equals("O")
        ? new NumpyScalars.Dtype(null)
        : NumpyScalars.dtype(arguments);
  }

  /** (numpy.ndarray, (0,), b'b'): an array whose state follows. */
  private static Object reconstruct(List<Object> arguments) {
    requireNdarray(arguments.get(0));
    return new PickledArray();
  }

  private static void requireNdarray(Object type) {
    if (!(type instanceof PickleGlobal global) || !global.name().equals("numpy.ndarray")) {
      throw new IllegalArgumentException(PickleValues.kind(type) + " as the kind of an array");
    }
  }

  /** (bytes, dtype, shape, 'C' or 'F'): an array of protocol 5. */
  private static Object fromBuffer(List<Object> arguments) {
    String order = PickleValues.asString(arguments.get(3));
    if (!order.equals("C") && !order.equals("F")) {
      throw new IllegalArgumentException("order " + order);
    }
    PickledArray array = new PickledArray();
    array.set(
        arguments.get(1),
        PickleValues.asTuple(arguments.get(2)),
        order.equals("F"),
        arguments.get(0));
    return array;
  }

  /** How protocol 2 writes bytes: a string of the characters 0 to 255. */
  private Object encode(List<Object> arguments) {
    String text = PickleValues.asString(arguments.get(0));
    String codec = PickleValues.asString(arguments.get(1));
    if (!codec.equals("latin1") && !codec.equals("latin-1")) {
      throw new IllegalArgumentException("codec " + codec);
    }
    encodable -= text.length();
    if (encodable < 0) {
      throw new IllegalArgumentException("more bytes from text than the pickle has");
    }
    if (!text.chars().allMatch(c -> c < 256)) {
      throw new IllegalArgumentException("text outside latin1");
    }
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private Object bytes(List<Object> arguments) {
    if (arguments.isEmpty()) {
      return new byte[0];
    }
    return arguments.get(0) instanceof byte[] bytes ? bytes : encode(arguments);
  }
}

package io.uvit.ops.parameters;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.tensorflow.ndarray.Shape;

/**
 * Collects the parameters of a network while it is declared. The order of declaration is PyTorch's
 * registration order, which is the order of the official optimizer state.
 */
public final class ParameterList {
  private final String prefix;
  private final List<ParameterSpec> specs;
  private final Set<String> names;

  /** An empty list. */
  public ParameterList() {
    this("", new ArrayList<>(), new HashSet<>());
  }

  private ParameterList(String prefix, List<ParameterSpec> specs, Set<String> names) {
    this.prefix = prefix;
    this.specs = specs;
    this.names = names;
  }

  /** The same list, with {@code name.} put before every name declared through the result. */
  public ParameterList scope(String name) {
    return new ParameterList(prefix + name + ".", specs, names);
  }

  /**
   * Declares one parameter.
   *
   * @throws IllegalArgumentException if the name was declared before
   */
  public ParameterSpec add(String name, Initializer initializer, long... shape) {
    return add(new ParameterSpec(prefix + name, Shape.of(shape), initializer));
  }

  /**
   * Declares one parameter that forward passes read as a factor of products only ({@link
   * Weights#factor}).
   *
   * @throws IllegalArgumentException if the name was declared before
   */
  public ParameterSpec addFactor(String name, Initializer initializer, long... shape) {
    return add(new ParameterSpec(prefix + name, Shape.of(shape), initializer, true));
  }

  private ParameterSpec add(ParameterSpec spec) {
    if (!names.add(spec.name())) {
      throw new IllegalArgumentException("parameter declared twice: " + spec.name());
    }
    specs.add(spec);
    return spec;
  }

  /** All parameters declared so far, in order. */
  public List<ParameterSpec> specs() {
    return List.copyOf(specs);
  }
}

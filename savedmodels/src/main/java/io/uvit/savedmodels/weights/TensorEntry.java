package io.uvit.savedmodels.weights;

import java.util.List;
import java.util.Objects;

/**
 * A tensor of a file, without its data.
 *
 * @param name the name in the file
 * @param type the element type
 * @param shape the dimensions, each at least 0; empty for a scalar
 */
public record TensorEntry(String name, DataType type, List<Long> shape) {
  /**
   * @throws IllegalArgumentException if a dimension is negative or the byte count exceeds a long
   */
  public TensorEntry {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(type, "type");
    shape = List.copyOf(shape);
    countElements(shape, type);
  }

  /** Number of elements: the product of the dimensions, 1 for a scalar. */
  public long elements() {
    return countElements(shape, type);
  }

  /** Size of the data: elements times element size. */
  public long bytes() {
    return elements() * type.size();
  }

  private static long countElements(List<Long> shape, DataType type) {
    boolean empty = false;
    for (long dimension : shape) {
      if (dimension < 0) {
        throw new IllegalArgumentException("shape " + shape + " has a negative dimension");
      }
      empty |= dimension == 0;
    }
    try {
      long product = 1;
      for (long dimension : shape) {
        product = Math.multiplyExact(product, Math.max(1, dimension));
      }
      Math.multiplyExact(product, type.size());
      return empty ? 0 : product;
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("shape " + shape + " of " + type + " overflows", e);
    }
  }
}

package io.uvit.savedmodels.weights;

import java.util.List;

/** An array of numbers among the objects of a numpy file. */
public final class NpyValue {
  private final TensorEntry entry;
  private final TensorReader reader;

  NpyValue(TensorEntry entry, TensorReader reader) {
    this.entry = entry;
    this.reader = reader;
  }

  /** The element type. */
  public DataType type() {
    return entry.type();
  }

  /** The dimensions; empty for a scalar. */
  public List<Long> shape() {
    return entry.shape();
  }

  /** The values as {@link TensorFile#floats} gives them. */
  public float[] floats() {
    return reader.floats();
  }

  /**
   * The values as {@link TensorFile#longs} gives them.
   *
   * @throws IllegalArgumentException if the type is a floating-point one
   */
  public long[] longs() {
    return reader.longs();
  }
}

package io.uvit.savedmodels.weights;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Map;

/**
 * A weight file being written. The tensors are declared first, then their data is handed over in
 * any order, each tensor in one or more pieces. The file appears under its name, whole, when {@link
 * #close()} returns; until then, and if anything fails, whatever bore the name before stays. Not
 * safe for several threads.
 */
public interface TensorWriter extends AutoCloseable {
  /** The declared tensors by name, in file order. */
  Map<String, TensorEntry> entries();

  /**
   * Appends elements to a tensor as they are.
   *
   * @param data little-endian elements in C order, consumed
   * @throws IllegalArgumentException if there is no such tensor, or more data than it takes
   * @throws WeightFileException if the file cannot be written
   */
  void write(String name, ByteBuffer data);

  /**
   * Appends values to a floating-point tensor, converted to its type: F16 and BF16 are rounded to
   * nearest, ties to even.
   *
   * @param values the values in C order, consumed
   * @throws IllegalArgumentException if there is no such tensor, it is of an integer type, or there
   *     is more data than it takes
   * @throws WeightFileException if the file cannot be written
   */
  void write(String name, FloatBuffer values);

  /**
   * Writes every declared tensor as another file holds it.
   *
   * @throws IllegalArgumentException if a tensor is not there, of another type or shape, or larger
   *     than 2 GiB
   * @throws WeightFileException if the other file is damaged or this one cannot be written
   */
  default void copy(TensorFile file) {
    for (TensorEntry entry : entries().values()) {
      TensorEntry other = file.entry(entry.name());
      if (!other.equals(entry)) {
        throw new IllegalArgumentException("found " + other + ", wanted " + entry);
      }
      write(entry.name(), file.bytes(entry.name()));
    }
  }

  /**
   * Completes the file, if all data was written, or else removes what was written of it.
   *
   * @throws IllegalStateException if a tensor lacks data
   * @throws WeightFileException if the file cannot be written
   */
  @Override
  void close();
}

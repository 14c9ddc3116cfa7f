package io.uvit.savedmodels.weights;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;

/**
 * An open file of named tensors. Headers are read and checked when the file is opened, data when it
 * is asked for, one tensor at a time, from memory-mapped regions. Every method throws {@link
 * WeightFileException} if the file is damaged and {@link IllegalArgumentException} if the caller
 * asks for a tensor that is not there. Instances may be read by several threads.
 */
public interface TensorFile extends AutoCloseable {
  /** The name given to the tensor of a file that holds one tensor without a name. */
  String SOLE_NAME = "tensor";

  /** The tensors by name, in file order; unmodifiable. */
  Map<String, TensorEntry> entries();

  /**
   * Reads a tensor as float32 in C order: F16 and BF16 widen exactly, F64 and integers are rounded
   * to the nearest float, BOOL gives 0 and 1.
   *
   * @param into receives the values from its position on, which moves by the number of elements
   * @throws IllegalArgumentException if {@code into} has less room than the tensor has elements
   */
  void read(String name, FloatBuffer into);

  /**
   * The data of one tensor, little-endian, C order, contiguous, read-only: a mapped view where the
   * file holds the tensor so, a copy otherwise. A view stays valid after {@link #close()}.
   *
   * @throws IllegalArgumentException if the tensor is larger than 2 GiB
   */
  ByteBuffer bytes(String name);

  /** The values of a tensor as {@link #read} gives them. */
  float[] floats(String name);

  /** The values of a tensor in C order, exact for every type but 64-bit integers above 2^53. */
  double[] doubles(String name);

  /**
   * The values of an integer or BOOL tensor in C order.
   *
   * @throws IllegalArgumentException if the tensor is of a floating-point type
   * @throws WeightFileException if a U64 value exceeds a long
   */
  long[] longs(String name);

  /**
   * The entry of a name.
   *
   * @throws IllegalArgumentException if there is no such tensor
   */
  default TensorEntry entry(String name) {
    TensorEntry entry = entries().get(name);
    if (entry == null) {
      throw new IllegalArgumentException(
          "no tensor '" + name + "' in " + this + "; wanted one of " + entries().keySet());
    }
    return entry;
  }

  /** The dimensions of a tensor. */
  default List<Long> shape(String name) {
    return entry(name).shape();
  }

  /**
   * The tensors whose names begin with a prefix, named without it: {@code under("ema/")} of a
   * checkpoint with several state dicts. Closing the view closes this file.
   *
   * @throws IllegalArgumentException if no name begins with the prefix
   */
  default TensorFile under(String prefix) {
    return new PrefixedTensorFile(this, prefix);
  }

  /**
   * Some of the tensors under other names, in the order given. Closing the view closes this file.
   *
   * @param names this file's names by new name
   * @throws IllegalArgumentException if there is no tensor of one of the names
   */
  default TensorFile renamed(Map<String, String> names) {
    return RenamedTensorFile.of(this, names);
  }

  /** The same tensors, named with a prefix. Closing the view closes this file. */
  default TensorFile within(String prefix) {
    return new JoinedTensorFile(List.of(new JoinedTensorFile.Part(prefix, this)));
  }

  /**
   * The tensors of this file and of another one. Closing the view closes both.
   *
   * @throws IllegalArgumentException if both have a tensor of the same name
   */
  default TensorFile and(TensorFile other) {
    return new JoinedTensorFile(
        List.of(new JoinedTensorFile.Part("", this), new JoinedTensorFile.Part("", other)));
  }

  @Override
  void close();
}

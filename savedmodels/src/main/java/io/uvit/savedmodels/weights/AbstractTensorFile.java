package io.uvit.savedmodels.weights;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Collections;
import java.util.Map;

/** What the readers of all formats share. */
abstract class AbstractTensorFile implements TensorFile {
  private final MappedSource source;
  private final Map<String, TensorEntry> entries;

  /**
   * @param source the open file, closed with this
   * @param entries the tensors in file order
   */
  AbstractTensorFile(MappedSource source, Map<String, TensorEntry> entries) {
    this.source = source;
    this.entries = Collections.unmodifiableMap(entries);
  }

  /** The data of a tensor of this file. */
  abstract TensorData data(TensorEntry entry);

  final MappedSource source() {
    return source;
  }

  @Override
  public final Map<String, TensorEntry> entries() {
    return entries;
  }

  @Override
  public final void read(String name, FloatBuffer into) {
    reader(name).read(into);
  }

  @Override
  public final ByteBuffer bytes(String name) {
    return reader(name).bytes();
  }

  @Override
  public final float[] floats(String name) {
    return reader(name).floats();
  }

  @Override
  public final double[] doubles(String name) {
    return reader(name).doubles();
  }

  @Override
  public final long[] longs(String name) {
    return reader(name).longs();
  }

  @Override
  public void close() {
    source.close();
  }

  @Override
  public String toString() {
    return source.toString();
  }

  private TensorReader reader(String name) {
    TensorEntry entry = entry(name);
    return new TensorReader(entry, data(entry), source);
  }
}

package io.uvit.savedmodels.weights;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** The tensors of a file whose names begin with a prefix, named without it. */
final class PrefixedTensorFile implements TensorFile {
  private final TensorFile file;
  private final String prefix;
  private final Map<String, TensorEntry> entries;

  PrefixedTensorFile(TensorFile file, String prefix) {
    this.file = file;
    this.prefix = prefix;
    Map<String, TensorEntry> selected = new LinkedHashMap<>();
    for (TensorEntry entry : file.entries().values()) {
      if (entry.name().startsWith(prefix)) {
        String name = entry.name().substring(prefix.length());
        selected.put(name, new TensorEntry(name, entry.type(), entry.shape()));
      }
    }
    if (selected.isEmpty()) {
      throw new IllegalArgumentException(
          "no tensor in " + file + " has a name that begins with '" + prefix + "'");
    }
    this.entries = Collections.unmodifiableMap(selected);
  }

  @Override
  public Map<String, TensorEntry> entries() {
    return entries;
  }

  @Override
  public void read(String name, FloatBuffer into) {
    file.read(prefix + name, into);
  }

  @Override
  public ByteBuffer bytes(String name) {
    return file.bytes(prefix + name);
  }

  @Override
  public float[] floats(String name) {
    return file.floats(prefix + name);
  }

  @Override
  public double[] doubles(String name) {
    return file.doubles(prefix + name);
  }

  @Override
  public long[] longs(String name) {
    return file.longs(prefix + name);
  }

  @Override
  public void close() {
    file.close();
  }

  @Override
  public String toString() {
    return file + " under '" + prefix + "'";
  }
}

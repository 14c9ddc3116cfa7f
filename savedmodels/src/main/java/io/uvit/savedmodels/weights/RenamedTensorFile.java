package io.uvit.savedmodels.weights;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Some tensors of a file under other names, in another order. */
final class RenamedTensorFile implements TensorFile {
  private final TensorFile file;
  private final Map<String, String> names;
  private final Map<String, TensorEntry> entries = new LinkedHashMap<>();

  RenamedTensorFile(TensorFile file, Map<String, String> names) {
    this.file = file;
    this.names = new LinkedHashMap<>(names);
    names.forEach(
        (name, old) -> {
          TensorEntry entry = file.entry(old);
          entries.put(name, new TensorEntry(name, entry.type(), entry.shape()));
        });
  }

  @Override
  public Map<String, TensorEntry> entries() {
    return Collections.unmodifiableMap(entries);
  }

  private String old(String name) {
    entry(name);
    return names.get(name);
  }

  @Override
  public void read(String name, FloatBuffer into) {
    file.read(old(name), into);
  }

  @Override
  public ByteBuffer bytes(String name) {
    return file.bytes(old(name));
  }

  @Override
  public float[] floats(String name) {
    return file.floats(old(name));
  }

  @Override
  public double[] doubles(String name) {
    return file.doubles(old(name));
  }

  @Override
  public long[] longs(String name) {
    return file.longs(old(name));
  }

  @Override
  public void close() {
    file.close();
  }

  @Override
  public String toString() {
    return file.toString();
  }
}

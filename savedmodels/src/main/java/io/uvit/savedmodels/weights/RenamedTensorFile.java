package io.uvit.savedmodels.weights;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Some tensors of a file under other names, and in other shapes where the order of elements stays
 * the same. Closing the view closes the file.
 */
final class RenamedTensorFile implements TensorFile {
  /**
   * A tensor of the file.
   *
   * @param name in the file
   * @param shape in this view, of as many elements
   */
  record Source(String name, List<Long> shape) {}

  private final TensorFile file;
  private final Map<String, Source> sources;
  private final Map<String, TensorEntry> entries;

  /**
   * Renames.
   *
   * @param sources by their names in this view, in its order
   * @throws IllegalArgumentException if a tensor is not there or has another number of elements
   */
  RenamedTensorFile(TensorFile file, Map<String, Source> sources) {
    this.file = file;
    this.sources = sources;
    Map<String, TensorEntry> renamed = new LinkedHashMap<>();
    sources.forEach(
        (name, source) -> {
          TensorEntry old = file.entry(source.name());
          TensorEntry entry = new TensorEntry(name, old.type(), source.shape());
          if (entry.elements() != old.elements()) {
            throw new IllegalArgumentException(
                "tensor '%s' of shape %s cannot be seen as %s"
                    .formatted(old.name(), old.shape(), source.shape()));
          }
          renamed.put(name, entry);
        });
    this.entries = Collections.unmodifiableMap(renamed);
  }

  /**
   * Renames and keeps all shapes.
   *
   * @param names the file's names by those in the view
   * @throws IllegalArgumentException if a tensor is not there
   */
  static RenamedTensorFile of(TensorFile file, Map<String, String> names) {
    Map<String, Source> sources = new LinkedHashMap<>();
    names.forEach((name, old) -> sources.put(name, new Source(old, file.shape(old))));
    return new RenamedTensorFile(file, sources);
  }

  private String source(String name) {
    entry(name);
    return sources.get(name).name();
  }

  @Override
  public Map<String, TensorEntry> entries() {
    return entries;
  }

  @Override
  public void read(String name, FloatBuffer into) {
    file.read(source(name), into);
  }

  @Override
  public ByteBuffer bytes(String name) {
    return file.bytes(source(name));
  }

  @Override
  public float[] floats(String name) {
    return file.floats(source(name));
  }

  @Override
  public double[] doubles(String name) {
    return file.doubles(source(name));
  }

  @Override
  public long[] longs(String name) {
    return file.longs(source(name));
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

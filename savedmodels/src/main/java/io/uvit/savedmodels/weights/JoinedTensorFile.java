package io.uvit.savedmodels.weights;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Several files as one, the names of each behind a prefix of its own. Closing closes them all. */
final class JoinedTensorFile implements TensorFile {
  /**
   * A file.
   *
   * @param prefix put before its names, may be empty
   */
  record Part(String prefix, TensorFile file) {}

  private record Place(TensorFile file, String name) {}

  private final List<TensorFile> files;
  private final Map<String, Place> places = new LinkedHashMap<>();
  private final Map<String, TensorEntry> entries = new LinkedHashMap<>();

  /**
   * Joins files.
   *
   * @throws IllegalArgumentException if two tensors would bear one name
   */
  JoinedTensorFile(List<Part> parts) {
    files = parts.stream().map(Part::file).toList();
    for (Part part : parts) {
      part.file().entries().forEach((name, entry) -> add(part, name, entry));
    }
  }

  private void add(Part part, String name, TensorEntry entry) {
    String joined = part.prefix() + name;
    if (places.put(joined, new Place(part.file(), name)) != null) {
      throw new IllegalArgumentException(
          "tensor '" + joined + "': found twice in " + this + ", wanted once");
    }
    entries.put(joined, new TensorEntry(joined, entry.type(), entry.shape()));
  }

  @Override
  public Map<String, TensorEntry> entries() {
    return Collections.unmodifiableMap(entries);
  }

  private Place place(String name) {
    entry(name);
    return places.get(name);
  }

  @Override
  public void read(String name, FloatBuffer into) {
    place(name).file().read(place(name).name(), into);
  }

  @Override
  public ByteBuffer bytes(String name) {
    return place(name).file().bytes(place(name).name());
  }

  @Override
  public float[] floats(String name) {
    return place(name).file().floats(place(name).name());
  }

  @Override
  public double[] doubles(String name) {
    return place(name).file().doubles(place(name).name());
  }

  @Override
  public long[] longs(String name) {
    return place(name).file().longs(place(name).name());
  }

  @Override
  public void close() {
    files.forEach(TensorFile::close);
  }

  @Override
  public String toString() {
    return files.stream().map(TensorFile::toString).collect(Collectors.joining(" and "));
  }
}

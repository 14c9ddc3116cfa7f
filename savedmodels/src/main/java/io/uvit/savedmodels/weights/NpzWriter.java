package io.uvit.savedmodels.weights;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes a stored numpy {@code .npz} file, as {@code np.savez} does. BF16 is no numpy type. */
public final class NpzWriter extends AbstractTensorWriter {
  private final ZipLayout layout;

  private NpzWriter(OutputFile out, Map<String, TensorEntry> entries, ZipLayout layout) {
    super(out, entries);
    this.layout = layout;
  }

  /**
   * Begins a file.
   *
   * @param path replaced when the writer is closed
   * @param entries the arrays, in file order
   * @throws IllegalArgumentException if a name occurs twice or numpy has no such type
   */
  public static NpzWriter create(Path path, List<TensorEntry> entries) {
    Map<String, TensorEntry> index = index(entries);
    ZipLayout layout = new ZipLayout();
    Map<String, byte[]> headers = new LinkedHashMap<>();
    Map<String, ZipLayout.Planned> places = new LinkedHashMap<>();
    for (TensorEntry entry : entries) {
      byte[] header = NpyHeader.encode(entry.type(), entry.shape());
      headers.put(entry.name(), header);
      places.put(entry.name(), layout.add(entry.name() + ".npy", header.length + entry.bytes()));
    }
    OutputFile out = OutputFile.create(path);
    NpzWriter writer = new NpzWriter(out, index, layout);
    places.forEach(
        (name, place) -> {
          byte[] header = headers.get(name);
          place.crc().update(header);
          out.write(ByteBuffer.wrap(header), place.data());
          writer.place(name, place.data() + header.length, place.crc());
        });
    return writer;
  }

  @Override
  void finish(OutputFile file) {
    layout.finish(file);
  }
}

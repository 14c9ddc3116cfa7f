package io.uvit.savedmodels.weights;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a PyTorch file in the zip format, which {@code torch.load(weights_only=True)} reads: a
 * state dict, or a tree of maps, lists, numbers and text with tensors in it, such as {@code
 * optimizer.pth}. Stored entries, data aligned to 64 bytes; equal content gives equal files.
 */
public final class TorchWriter extends AbstractTensorWriter {
  private static final String FOLDER = "archive/";

  private final ZipLayout layout;

  private TorchWriter(OutputFile out, Map<String, TensorEntry> entries, ZipLayout layout) {
    super(out, entries);
    this.layout = layout;
  }

  /**
   * Begins a state dict: an {@code OrderedDict} from name to tensor.
   *
   * @param path replaced when the writer is closed
   * @throws IllegalArgumentException if a name occurs twice
   */
  public static TorchWriter create(Path path, List<TensorEntry> entries) {
    Map<String, TensorEntry> index = index(entries);
    return begin(path, index, index);
  }

  /**
   * Begins a file of a tree of Map, List, String, Long, Integer, Double, Float, Boolean, null,
   * {@link DataType} and {@link TensorEntry}. The tensors are written under the names of their
   * entries, which must be unique and need not be their paths. The root map becomes an {@code
   * OrderedDict}, maps below it a {@code dict}; a list stays a list unless made by {@link #tuple}.
   *
   * @param path replaced when the writer is closed
   * @throws IllegalArgumentException if the tree holds anything else or a tensor name occurs twice
   */
  public static TorchWriter createTree(Path path, Object root) {
    Map<String, TensorEntry> tensors = new LinkedHashMap<>();
    collect(root, tensors, 0);
    return begin(path, root, tensors);
  }

  /** A list that is written as a Python tuple, as {@code betas} of an optimizer are. */
  public static List<Object> tuple(Object... items) {
    return new PickleTuple(Arrays.asList(items));
  }

  private static TorchWriter begin(Path path, Object root, Map<String, TensorEntry> tensors) {
    IdentityHashMap<TensorEntry, String> keys = new IdentityHashMap<>();
    tensors.values().forEach(entry -> keys.put(entry, String.valueOf(keys.size())));
    byte[] pickle = Pickler.pickle(root, keys);
    ZipLayout layout = new ZipLayout();
    OutputFile out = OutputFile.create(path);
    try {
      TorchWriter writer = new TorchWriter(out, tensors, layout);
      layout.add(FOLDER + "data.pkl", pickle, out);
      layout.add(FOLDER + "byteorder", "little".getBytes(StandardCharsets.US_ASCII), out);
      for (TensorEntry entry : tensors.values()) {
        ZipLayout.Planned place = layout.add(FOLDER + "data/" + keys.get(entry), entry.bytes());
        writer.place(entry.name(), place.data(), place.crc());
      }
      layout.add(FOLDER + "version", "3\n".getBytes(StandardCharsets.US_ASCII), out);
      return writer;
    } catch (RuntimeException e) {
      out.abandon();
      throw e;
    }
  }

  @Override
  void finish(OutputFile file) {
    layout.finish(file);
  }

  private static void collect(Object value, Map<String, TensorEntry> tensors, int depth) {
    if (value instanceof TensorEntry entry) {
      if (tensors.put(entry.name(), entry) != null) {
        throw new IllegalArgumentException("two tensors named '" + entry.name() + "'");
      }
    } else if (depth > Pickler.MAX_DEPTH) {
      throw new IllegalArgumentException("nested deeper than " + Pickler.MAX_DEPTH);
    } else if (value instanceof Map<?, ?> map) {
      map.values().forEach(item -> collect(item, tensors, depth + 1));
    } else if (value instanceof List<?> list) {
      list.forEach(item -> collect(item, tensors, depth + 1));
    }
  }
}

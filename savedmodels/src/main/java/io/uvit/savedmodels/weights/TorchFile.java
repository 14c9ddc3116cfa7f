package io.uvit.savedmodels.weights;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A file of {@code torch.save}, in the zip format or the one before PyTorch 1.6, pickle protocols 2
 * to 5. No code of the file is run: anything but tensors, containers, numbers and text is refused
 * with the name of the global and its position.
 *
 * <p>{@link #entries()} are all tensors of the object tree. A state dict gives its own names;
 * deeper tensors are named by their path, with list indices and keys joined by {@code '/'}: {@code
 * "ema/pos_embed"}, {@code "state/0/exp_avg"}. Use {@link #under} for one of several state dicts. A
 * file that is a single tensor names it {@link TensorFile#SOLE_NAME}; one without tensors has no
 * entries.
 */
public final class TorchFile extends AbstractTensorFile {
  private final Object root;
  private final Map<String, TorchTensor> tensors;

  private TorchFile(
      MappedSource source,
      Object root,
      Map<String, TensorEntry> entries,
      Map<String, TorchTensor> tensors) {
    super(source, entries);
    this.root = root;
    this.tensors = tensors;
  }

  /**
   * Opens a file, reads its object tree and checks where its data lies.
   *
   * @throws WeightFileException if it cannot be read, is damaged or holds more than data
   */
  public static TorchFile open(Path path) {
    MappedSource source = MappedSource.open(path);
    try {
      boolean legacy = TorchLegacy.isLegacy(source.region(0, Math.min(4, source.size()), "file"));
      return legacy ? openLegacy(source) : openZip(source, ZipEntries.read(source));
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
  }

  static TorchFile openZip(MappedSource source, Map<String, ZipEntry> entries) {
    return of(source, TorchZip.read(source, entries));
  }

  static TorchFile openLegacy(MappedSource source) {
    return of(source, TorchLegacy.read(source));
  }

  private static TorchFile of(MappedSource source, Object root) {
    Map<String, TorchTensor> tensors = TorchTree.flatten(root, source);
    Map<String, TensorEntry> entries = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> entries.put(name, tensor.named(name)));
    return new TorchFile(source, root, entries, tensors);
  }

  /**
   * The object that was saved, as plain Java: {@code dict}, {@code OrderedDict} and {@code
   * Namespace} as {@link Map}, {@code list}, {@code tuple} and {@code torch.Size} as {@link
   * java.util.List}, {@code set} as {@link java.util.Set}, {@code int} as Long (BigInteger beyond
   * 64 bits), {@code float} as Double, {@code bool} as Boolean, {@code str} as String, {@code
   * bytes} as {@code byte[]}, {@code None} as null, {@code torch.dtype} as {@link DataType}, {@code
   * torch.device} as its text, tensors as {@link TorchTensor}. Containers may be shared or contain
   * themselves, as the file says.
   */
  public Object root() {
    return root;
  }

  @Override
  TensorData data(TensorEntry entry) {
    return tensors.get(entry.name()).data();
  }
}

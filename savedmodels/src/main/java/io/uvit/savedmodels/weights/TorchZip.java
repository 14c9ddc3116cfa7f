package io.uvit.savedmodels.weights;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The zip format of {@code torch.save} since 1.6 (torch/serialization.py, caffe2/serialize): {@code
 * NAME/data.pkl} and one stored entry {@code NAME/data/KEY} for each storage.
 */
final class TorchZip implements PickleContext {
  private static final String PICKLE = "/data.pkl";

  private final MappedSource source;
  private final Map<String, ZipEntry> entries;
  private final ZipData data;
  private final String folder;
  private final boolean bigEndian;
  private final Map<String, TorchStorage> storages = new HashMap<>();

  private TorchZip(MappedSource source, Map<String, ZipEntry> entries, String folder) {
    this.source = source;
    this.entries = entries;
    this.folder = folder;
    this.data = new ZipData(source, true);
    this.bigEndian = readByteOrder();
  }

  /** Whether an archive is laid out as {@code torch.save} does it. */
  static boolean isTorch(Map<String, ZipEntry> entries) {
    return entries.keySet().stream().anyMatch(TorchZip::isPickle);
  }

  /** The root object. */
  static Object read(MappedSource source, Map<String, ZipEntry> entries) {
    List<String> pickles = entries.keySet().stream().filter(TorchZip::isPickle).toList();
    if (pickles.size() != 1) {
      throw source.wrong(
          "PyTorch archive", pickles.size() + " entries NAME/data.pkl", "exactly one");
    }
    String pickle = pickles.get(0);
    String folder = pickle.substring(0, pickle.length() - PICKLE.length() + 1);
    if (entries.containsKey(folder + "constants.pkl")) {
      throw source.wrong("PyTorch archive", "a TorchScript program", "a file of torch.save");
    }
    TorchZip zip = new TorchZip(source, entries, folder);
    ByteBuffer bytes = zip.stored(pickle);
    Object root = Unpickler.read(source, "entry '" + pickle + "'", bytes, zip);
    if (bytes.hasRemaining()) {
      throw source.wrong(
          "entry '" + pickle + "'", bytes.remaining() + " bytes after the pickle", "none");
    }
    return root;
  }

  @Override
  public Object global(String name) {
    return TorchGlobals.find(name);
  }

  @Override
  public void build(Object object, Object state) {
    TorchGlobals.build(object, state);
  }

  /** An id is the tuple ("storage", class, key, device, number of elements). */
  @Override
  public Object persistent(Object id) {
    TorchStorageId storageId = TorchStorageId.of(id);
    TorchStorage storage =
        storages.computeIfAbsent(storageId.key(), key -> locate(key, storageId.bytes()));
    if (storage.length() != storageId.bytes()) {
      throw new IllegalArgumentException(
          "storage '%s' of %d and of %d bytes"
              .formatted(storageId.key(), storage.length(), storageId.bytes()));
    }
    return new TorchStorage.Slice(storage, storageId.type(), 0, storage.length());
  }

  private TorchStorage locate(String key, long bytes) {
    ZipEntry entry = requireStored(folder + "data/" + key);
    if (entry.size() != bytes) {
      throw source.wrong(
          "zip entry '" + entry.name() + "'",
          entry.size() + " bytes",
          bytes + ", as the pickle says");
    }
    TorchStorage storage = new TorchStorage(source, key, bytes, bigEndian);
    storage.locate(entry.offset(), () -> data.verify(entry));
    return storage;
  }

  private boolean readByteOrder() {
    if (!entries.containsKey(folder + "byteorder")) {
      return false;
    }
    ByteBuffer bytes = stored(folder + "byteorder");
    String order =
        bytes.remaining() > 8 ? "more" : StandardCharsets.ISO_8859_1.decode(bytes).toString();
    return switch (order) {
      case "little" -> false;
      case "big" -> true;
      default -> throw source.wrong("byte order", "'" + order + "'", "'little' or 'big'");
    };
  }

  private ByteBuffer stored(String name) {
    ZipEntry entry = requireStored(name);
    data.verify(entry);
    return source.region(entry.offset(), entry.size(), "zip entry '" + name + "'");
  }

  private ZipEntry requireStored(String name) {
    ZipEntry entry = entries.get(name);
    if (entry == null) {
      throw source.wrong("PyTorch archive", "no entry '" + name + "'", "one");
    }
    if (entry.deflated()) {
      throw source.wrong("zip entry '" + name + "'", "deflated data", "stored, as torch.save does");
    }
    return entry;
  }

  private static boolean isPickle(String name) {
    return name.endsWith(PICKLE) && name.indexOf('/') == name.length() - PICKLE.length();
  }
}

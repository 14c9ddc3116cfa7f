package io.uvit.savedmodels.weights;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The format of {@code torch.save} before 1.6 (torch/serialization.py:_legacy_save): five pickles
 * one after the other (magic number, protocol version, system, root object, storage keys), then for
 * every key an element count of 8 bytes and the elements, little-endian.
 */
final class TorchLegacy implements PickleContext {
  private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
  private static final long PROTOCOL = 1001;
  private static final long MAX_PICKLES = 1L << 28;
  private static final String SUBJECT = "PyTorch legacy file";

  /** What is known of a storage before its data is found. */
  private record Declared(TorchStorage storage, int elementSize) {}

  private final MappedSource source;
  private final Map<String, Declared> storages = new HashMap<>();

  private TorchLegacy(MappedSource source) {
    this.source = source;
  }

  /** Whether a file begins as this format does: a pickle of a 10-byte integer. */
  static boolean isLegacy(ByteBuffer head) {
    return head.remaining() >= 4
        && head.get(0) == (byte) 0x80
        && head.get(2) == (byte) 0x8a
        && head.get(3) == 10;
  }

  /** The root object. */
  static Object read(MappedSource source) {
    TorchLegacy reader = new TorchLegacy(source);
    ByteBuffer in = source.region(0, Math.min(source.size(), MAX_PICKLES), SUBJECT);
    Object magic = Unpickler.read(source, "magic number", in, NOTHING);
    Object protocol = Unpickler.read(source, "protocol version", in, NOTHING);
    if (!MAGIC.equals(magic) || !Long.valueOf(PROTOCOL).equals(protocol)) {
      throw source.wrong(SUBJECT, "another magic number or version", "version " + PROTOCOL);
    }
    Object system = Unpickler.read(source, "system record", in, NOTHING);
    if (!(system instanceof Map<?, ?> map) || !Boolean.TRUE.equals(map.get("little_endian"))) {
      throw source.wrong(SUBJECT, "a file of another kind of system", "a little-endian one");
    }
    Object root = Unpickler.read(source, "root object", in, reader);
    Object keys = Unpickler.read(source, "storage keys", in, NOTHING);
    if (!(keys instanceof List<?> list)) {
      throw source.wrong(SUBJECT, PickleValues.kind(keys), "a list of storage keys");
    }
    reader.locateAll(list, in.position());
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

  @Override
  public Object persistent(Object id) {
    TorchStorageId storageId = TorchStorageId.of(id);
    int size = storageId.elementSize();
    Declared declared =
        storages.computeIfAbsent(
            storageId.key(),
            key -> new Declared(new TorchStorage(source, key, storageId.bytes(), false), size));
    TorchStorage storage = declared.storage();
    if (storage.length() != storageId.bytes() || declared.elementSize() != size) {
      throw new IllegalArgumentException("storage '" + storageId.key() + "' of two sizes");
    }
    if (storageId.view() == null) {
      return new TorchStorage.Slice(storage, storageId.type(), 0, storage.length());
    }
    PickleTuple view = PickleValues.asTuple(storageId.view());
    long first = PickleValues.asLong(view.get(1));
    long count = PickleValues.asLong(view.get(2));
    long elements = storage.length() / size;
    if (first < 0 || count < 0 || first > elements - count) {
      throw new IllegalArgumentException("a storage view outside its storage");
    }
    return new TorchStorage.Slice(storage, storageId.type(), first * size, count * size);
  }

  private void locateAll(List<?> keys, long start) {
    long at = start;
    for (Object key : keys) {
      Declared declared = key instanceof String ? storages.get(key) : null;
      if (declared == null || declared.storage().isLocated()) {
        throw source.wrong(
            SUBJECT, "a storage key unknown or twice", "the keys of the root object");
      }
      TorchStorage storage = declared.storage();
      String subject = "storage '" + key + "'";
      long count = source.region(at, Long.BYTES, subject).getLong(0);
      if (count != storage.length() / declared.elementSize()) {
        throw source.wrong(
            subject,
            count + " elements",
            storage.length() / declared.elementSize() + ", as the root object says");
      }
      storage.locate(at + Long.BYTES, () -> {});
      at += Long.BYTES + storage.length();
    }
    for (Map.Entry<String, Declared> entry : storages.entrySet()) {
      if (!entry.getValue().storage().isLocated()) {
        throw source.wrong("storage '" + entry.getKey() + "'", "no data", "data in the file");
      }
    }
  }
}

package io.uvit.savedmodels.weights;

/**
 * A persistent id of a storage: ("storage", class, key, device, elements) and in the legacy format
 * a sixth item.
 *
 * @param type the element type; null for an untyped storage
 * @param bytes size of the storage
 * @param view the sixth item; null if there is none
 */
record TorchStorageId(DataType type, String key, long bytes, Object view) {
  /**
   * @throws IllegalArgumentException if the id is of another kind
   */
  static TorchStorageId of(Object id) {
    PickleTuple parts = PickleValues.asTuple(id);
    if (parts.size() < 5 || !"storage".equals(parts.get(0))) {
      throw new IllegalArgumentException("a persistent id of another kind than 'storage'");
    }
    if (!(parts.get(1) instanceof TorchGlobals.StorageClass storageClass)) {
      throw new IllegalArgumentException(PickleValues.kind(parts.get(1)) + " as a storage class");
    }
    String key = PickleValues.asString(parts.get(2));
    long elements = PickleValues.asLong(parts.get(4));
    if (elements < 0 || elements > Long.MAX_VALUE / storageClass.elementSize()) {
      throw new IllegalArgumentException("a storage of " + elements + " elements");
    }
    return new TorchStorageId(
        storageClass.type(),
        key,
        elements * storageClass.elementSize(),
        parts.size() > 5 ? parts.get(5) : null);
  }

  /** Bytes of an element, 1 for an untyped storage. */
  int elementSize() {
    return type == null ? 1 : type.size();
  }
}

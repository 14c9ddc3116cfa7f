package io.uvit.savedmodels.weights;

/** The bytes several tensors may share. Its place is set once the file has told it. */
final class TorchStorage {
  /**
   * The part of a storage that a tensor is declared over.
   *
   * @param type the element type; null for an untyped storage
   * @param first its first byte in the storage
   * @param length its bytes
   */
  record Slice(TorchStorage storage, DataType type, long first, long length) {}

  private final MappedSource source;
  private final String key;
  private final long length;
  private final boolean bigEndian;
  private long offset = -1;
  private Runnable check = () -> {};

  TorchStorage(MappedSource source, String key, long length, boolean bigEndian) {
    this.source = source;
    this.key = key;
    this.length = length;
    this.bigEndian = bigEndian;
  }

  /** Sets where the bytes lie in the file, and what to run before they are read. */
  void locate(long place, Runnable checkFirst) {
    source.requireRegion(place, length, subject());
    offset = place;
    check = checkFirst;
  }

  /** The data of a region of this storage. */
  RegionData region(long first, long count) {
    if (offset < 0) {
      throw source.wrong(subject(), "no data in the file", "data for every storage");
    }
    return new RegionData(source, offset + first, count, subject(), check);
  }

  MappedSource source() {
    return source;
  }

  long length() {
    return length;
  }

  boolean isLocated() {
    return offset >= 0;
  }

  boolean isBigEndian() {
    return bigEndian;
  }

  private String subject() {
    return "storage '" + key + "'";
  }
}

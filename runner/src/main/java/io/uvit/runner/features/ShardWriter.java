package io.uvit.runner.features;

import io.uvit.savedmodels.weights.DataType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/**
 * One shard while it is written: its items in order, then {@link #commit}. Closing it before that
 * leaves nothing behind. For one thread.
 */
public final class ShardWriter implements AutoCloseable {
  private final FeatureStoreWriter store;
  private final FeatureManifest manifest;
  private final int shard;
  private final ShardFile moments;
  private final ShardFile labels;
  private final ChannelSums sums;
  private final ByteBuffer buffer;
  private final ByteBuffer labelBytes;
  private int items;

  ShardWriter(FeatureStoreWriter store, int shard) throws IOException {
    this.store = store;
    this.manifest = store.manifest();
    this.shard = shard;
    FeatureShape shape = manifest.shape();
    int count = manifest.itemsOf(shard);
    this.sums = new ChannelSums(shape);
    this.buffer = ByteBuffer.allocateDirect(shape.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    this.labelBytes =
        ByteBuffer.allocate(Math.multiplyExact(count, Integer.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    Path folder = store.folder();
    this.moments =
        ShardFile.create(
            ShardRecord.momentsFile(folder, shard),
            DataType.F32,
            ShardFile.momentsShape(shape, count));
    try {
      this.labels =
          ShardFile.create(
              ShardRecord.labelsFile(folder, shard), DataType.I32, ShardFile.labelsShape(count));
    } catch (IOException e) {
      moments.close();
      throw e;
    }
  }

  /** Number of the next item in the whole store. */
  public int nextItem() {
    return manifest.firstItem(shard) + items;
  }

  /**
   * Appends an item.
   *
   * @param moments holds the item's [h, w, c] from {@code offset} on
   * @param label its class, or -1 if the store is unlabelled
   * @throws FeatureException if a value is not finite
   * @throws IllegalArgumentException if the label is none of the store's
   * @throws IllegalStateException if the shard is full
   */
  public void add(float[] moments, int offset, int label) throws IOException {
    if (items == manifest.itemsOf(shard)) {
      throw new IllegalStateException("shard " + shard + " is full with " + items + " items");
    }
    int classes = manifest.classes().size();
    if (classes == 0 ? label != -1 : label < 0 || label >= classes) {
      throw new IllegalArgumentException(
          "label of item "
              + nextItem()
              + ": found "
              + label
              + ", the store has "
              + classes
              + " classes");
    }
    if (!sums.add(moments, offset)) {
      throw new FeatureException(
          "item " + nextItem() + ": the autoencoder gave a value that is not finite");
    }
    buffer.clear().asFloatBuffer().put(moments, offset, manifest.shape().values());
    this.moments.write(buffer);
    labelBytes.putInt(label);
    items++;
  }

  /**
   * Makes the shard durable and gives it its place.
   *
   * @return false if another writer was there first: its shard stays, this one is dropped
   * @throws IllegalStateException if items are missing
   */
  public boolean commit() throws IOException {
    if (items != manifest.itemsOf(shard)) {
      throw new IllegalStateException(
          "shard " + shard + " has " + items + " of " + manifest.itemsOf(shard) + " items");
    }
    labels.write(labelBytes.flip());
    ShardRecord record =
        new ShardRecord(shard, items, manifest.identity(), moments.finish(), labels.finish(), sums);
    try {
      return store.publish(moments, labels, record);
    } finally {
      close();
    }
  }

  /** Drops what was not committed; harmless when repeated. */
  @Override
  public void close() throws IOException {
    try {
      moments.close();
    } finally {
      labels.close();
    }
  }
}

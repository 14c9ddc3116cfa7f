package io.uvit.runner.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * The items of one training step with their labels or contexts. Valid until the next call of {@link
 * BatchSource#next}, which may reuse its memory.
 */
public final class Batch {
  private final ItemFormat format;
  private final ByteBuffer items;
  private final ByteBuffer contexts;
  private final int[] labels;
  private long step = -1;
  private long epoch = -1;

  /**
   * @param itemBytes of all items
   * @param contextBytes of all contexts; 0 without texts
   * @param labels number of labels; 0 without labels
   */
  Batch(ItemFormat format, int itemBytes, int contextBytes, int labels) {
    this.format = format;
    this.items = ByteBuffer.allocateDirect(itemBytes);
    this.contexts = ByteBuffer.allocateDirect(contextBytes);
    this.labels = new int[labels];
  }

  /** The step this batch belongs to, counted from 0. */
  public long step() {
    return step;
  }

  /** The pass over the data, counted from 0. */
  public long epoch() {
    return epoch;
  }

  /** What the items are. */
  public ItemFormat format() {
    return format;
  }

  /**
   * Unsigned bytes [B, H, W, C], direct, from position 0 to the limit; a new view at every call.
   *
   * @throws IllegalStateException if the items are no images
   */
  public ByteBuffer images() {
    require(format instanceof ItemFormat.Pixels, "images");
    return items.duplicate().rewind().order(ByteOrder.nativeOrder());
  }

  /**
   * Moments float32 [B, h, w, c], direct, from position 0 to the limit; a new view at every call.
   *
   * @throws IllegalStateException if the items are no moments
   */
  public FloatBuffer moments() {
    require(format instanceof ItemFormat.Moments, "moments");
    return floats(items);
  }

  /** Label of each item; empty if the data has no labels. The array itself, not a copy. */
  public int[] labels() {
    return labels;
  }

  /**
   * The context of one caption of each item, float32 [B, tokens, width], direct, from position 0 to
   * the limit; a new view at every call. Empty if the data has no texts.
   */
  public FloatBuffer contexts() {
    return floats(contexts);
  }

  private void require(boolean holds, String what) {
    if (!holds) {
      throw new IllegalStateException("the batch holds " + format + ", no " + what);
    }
  }

  private static FloatBuffer floats(ByteBuffer bytes) {
    return bytes.duplicate().rewind().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
  }

  void startFilling(long step, long epoch) {
    this.step = step;
    this.epoch = epoch;
    items.clear();
    contexts.clear();
  }

  void put(byte[] item) {
    items.put(item);
  }

  void putLabel(int position, int label) {
    labels[position] = label;
  }

  void putContext(byte[] context) {
    contexts.put(context);
  }
}

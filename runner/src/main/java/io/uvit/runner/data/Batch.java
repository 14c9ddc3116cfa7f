package io.uvit.runner.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The images and labels of one training step. Valid until the next call of {@link
 * BatchSource#next}, which may reuse its memory.
 */
public final class Batch {
  private final ByteBuffer images;
  private final int[] labels;
  private long step = -1;
  private long epoch = -1;

  Batch(int bytes, int labels) {
    this.images = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
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

  /**
   * Unsigned bytes [B, H, W, C], direct, from position 0 to the limit; a new view at every call.
   */
  public ByteBuffer images() {
    return images.duplicate().rewind().order(ByteOrder.nativeOrder());
  }

  /** Label of each image; empty if the data has no labels. The array itself, not a copy. */
  public int[] labels() {
    return labels;
  }

  void startFilling(long step, long epoch) {
    this.step = step;
    this.epoch = epoch;
    images.clear();
  }

  void put(byte[] image, int position, int label) {
    images.put(image);
    if (labels.length > 0) {
      labels[position] = label;
    }
  }
}

package io.uvit.runner.data;

/**
 * Everything random about the data, as functions of the seed, the epoch and the item.
 *
 * <ul>
 *   <li>Order of epoch e: Fisher-Yates from the last position down, numbers from SplitMix64 seeded
 *       by hash(seed, e, 1).
 *   <li>Item i is mirrored in epoch e if the top bit of hash(seed, e, 2, i) is set.
 *   <li>The k-th stand-in (k = 1, 2, ...) for an unreadable item i in epoch e is drawn uniformly by
 *       SplitMix64 seeded by hash(seed, e, 3, i, k).
 *   <li>The caption of item i in epoch e is drawn uniformly by SplitMix64 seeded by hash(seed, e,
 *       4, i).
 * </ul>
 */
final class EpochOrder {
  private static final long SHUFFLE = 1;
  private static final long FLIP = 2;
  private static final long STAND_IN = 3;
  private static final long CAPTION = 4;

  private EpochOrder() {}

  /** The items of an epoch in their order: a permutation of 0 to size - 1. */
  static int[] shuffled(long seed, long epoch, int size) {
    int[] order = new int[size];
    for (int i = 0; i < size; i++) {
      order[i] = i;
    }
    SplitMix64 random = new SplitMix64(SplitMix64.hash(seed, epoch, SHUFFLE));
    for (int i = size - 1; i > 0; i--) {
      int j = random.below(i + 1);
      int item = order[i];
      order[i] = order[j];
      order[j] = item;
    }
    return order;
  }

  /** Whether an item is mirrored left-right in an epoch: true with probability 1/2. */
  static boolean flipped(long seed, long epoch, int item) {
    return SplitMix64.hash(seed, epoch, FLIP, item) < 0;
  }

  /** The item to try instead of an unreadable one. */
  static int standIn(long seed, long epoch, int item, int attempt, int size) {
    return new SplitMix64(SplitMix64.hash(seed, epoch, STAND_IN, item, attempt)).below(size);
  }

  /** Which of {@code captions} an item has in an epoch. */
  static int caption(long seed, long epoch, int item, int captions) {
    return new SplitMix64(SplitMix64.hash(seed, epoch, CAPTION, item)).below(captions);
  }
}

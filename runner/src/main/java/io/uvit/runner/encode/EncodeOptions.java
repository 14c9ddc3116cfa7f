package io.uvit.runner.encode;

/**
 * How a store is made.
 *
 * @param batchSize items (mirror images count) encoded at once, at least 1; even with mirror images
 * @param part which part of the shards this process makes, from 0: those whose number leaves this
 *     remainder
 * @param parts over how many processes the shards are spread, at least 1
 * @param workers threads that decode, at least 1
 * @param prefetchBatches batches decoded ahead, at least 1
 */
public record EncodeOptions(int batchSize, int part, int parts, int workers, int prefetchBatches) {
  /** Items encoded at once by default. */
  public static final int DEFAULT_BATCH_SIZE = 32;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException naming the value out of range
   */
  public EncodeOptions {
    atLeast("batch size", batchSize, 1);
    atLeast("workers", workers, 1);
    atLeast("prefetched batches", prefetchBatches, 1);
    atLeast("parts", parts, 1);
    if (part < 0 || part >= parts) {
      throw new IllegalArgumentException(
          "part: found " + part + ", wanted 0 to " + (parts - 1) + " of " + parts);
    }
  }

  private static void atLeast(String name, int value, int least) {
    if (value < least) {
      throw new IllegalArgumentException(name + ": found " + value + ", wanted at least " + least);
    }
  }
}

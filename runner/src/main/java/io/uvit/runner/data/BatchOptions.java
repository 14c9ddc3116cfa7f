package io.uvit.runner.data;

import io.uvit.config.v1.Data;

/**
 * How batches are drawn from a dataset.
 *
 * @param seed of the order and the mirroring
 * @param batchSize images of a batch, at least 1
 * @param startStep number of the first batch delivered, at least 0: the steps already done
 * @param randomFlip mirror images with probability 1/2
 * @param workers threads that decode, at least 1; each fills whole batches
 * @param prefetchBatches batches being filled or waiting while the caller works, at least 1; no
 *     more workers than that are busy
 */
public record BatchOptions(
    long seed,
    int batchSize,
    long startStep,
    boolean randomFlip,
    int workers,
    int prefetchBatches) {
  /** Threads if the configuration says nothing. */
  public static final int DEFAULT_WORKERS = 2;

  /** Batches ahead if the configuration says nothing. */
  public static final int DEFAULT_PREFETCH_BATCHES = 4;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException naming the value out of range
   */
  public BatchOptions {
    atLeast("batchSize", batchSize, 1);
    atLeast("startStep", startStep, 0);
    atLeast("workers", workers, 1);
    atLeast("prefetchBatches", prefetchBatches, 1);
  }

  /** From the configuration, with its defaults. */
  public static BatchOptions of(Data data, long seed, int batchSize, long startStep) {
    return new BatchOptions(
        seed,
        batchSize,
        startStep,
        data.getRandomFlip(),
        data.hasWorkers() ? data.getWorkers() : DEFAULT_WORKERS,
        data.hasPrefetchBatches() ? data.getPrefetchBatches() : DEFAULT_PREFETCH_BATCHES);
  }

  private static void atLeast(String name, long value, long least) {
    if (value < least) {
      throw new IllegalArgumentException(name + ": found " + value + ", wanted at least " + least);
    }
  }
}

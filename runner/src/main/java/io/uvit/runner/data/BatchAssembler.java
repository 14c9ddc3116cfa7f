package io.uvit.runner.data;

import io.uvit.runner.features.FeatureException;
import io.uvit.runner.features.TextContexts;
import io.uvit.runner.image.ByteImage;
import java.util.Optional;

/**
 * Fills the batch of any step: which items it holds, how they are mirrored, which captions they
 * have, and what stands in for an unreadable one are functions of (seed, step) and the files alone,
 * whichever thread asks and in whatever order.
 */
final class BatchAssembler {
  /** Stand-ins tried for one unreadable item before the data is given up as mostly unreadable. */
  static final int MAX_STAND_INS = 100;

  private final Dataset dataset;
  private final BatchOptions options;
  private final Optional<TextContexts> texts;
  private final boolean labelled;
  private final long batchesPerEpoch;
  private volatile Order cached;

  BatchAssembler(Dataset dataset, BatchOptions options) throws DataException {
    this.dataset = dataset;
    this.options = options;
    this.texts = dataset.texts();
    this.labelled = dataset.numClasses() > 0;
    if (options.randomFlip() && !(dataset.format() instanceof ItemFormat.Pixels)) {
      throw new DataException(
          "data.random_flip: found true with "
              + dataset.format()
              + ", wanted false: a mirrored latent is not the latent of the mirrored image");
    }
    this.batchesPerEpoch = dataset.size() / options.batchSize();
    if (batchesPerEpoch == 0) {
      throw new DataException(
          dataset.summary().source()
              + ": found "
              + dataset.size()
              + " items, a batch wants "
              + options.batchSize());
    }
  }

  long batchesPerEpoch() {
    return batchesPerEpoch;
  }

  /** An empty batch of the right size. */
  Batch newBatch() throws DataException {
    return new Batch(
        dataset.format(),
        batchBytes(dataset.format().bytes(), dataset.format().toString()),
        batchBytes(texts.map(TextContexts::bytes).orElse(0), "contexts"),
        labelled ? options.batchSize() : 0);
  }

  private int batchBytes(int bytes, String what) throws DataException {
    long all = (long) options.batchSize() * bytes;
    if (all > Integer.MAX_VALUE) {
      throw new DataException(
          "a batch of " + options.batchSize() + " " + what + " is larger than 2 GiB");
    }
    return (int) all;
  }

  /** Fills {@code batch} for {@code step}. */
  void fill(Batch batch, long step) throws DataException, InterruptedException {
    long epoch = step / batchesPerEpoch;
    int first = (int) (step % batchesPerEpoch) * options.batchSize();
    int[] items = order(epoch);
    byte[] bytes = new byte[dataset.format().bytes()];
    byte[] context = new byte[texts.map(TextContexts::bytes).orElse(0)];
    batch.startFilling(step, epoch);
    for (int i = 0; i < options.batchSize(); i++) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      int item = items[first + i];
      int read = readOrStandIn(item, epoch, bytes);
      if (options.randomFlip() && EpochOrder.flipped(options.seed(), epoch, item)) {
        ByteImage.mirror(bytes, dataset.shape());
      }
      batch.put(bytes);
      if (labelled) {
        batch.putLabel(i, dataset.label(read));
      }
      if (texts.isPresent()) {
        readContext(texts.get(), read, epoch, context);
        batch.putContext(context);
      }
    }
  }

  private void readContext(TextContexts contexts, int item, long epoch, byte[] into)
      throws DataException {
    int caption = EpochOrder.caption(options.seed(), epoch, item, contexts.captions(item));
    try {
      contexts.read(item, caption, into);
    } catch (FeatureException e) {
      throw new DataException(e.getMessage(), e);
    }
  }

  private int readOrStandIn(int item, long epoch, byte[] into) throws DataException {
    if (dataset.read(item, into)) {
      return item;
    }
    for (int attempt = 1; attempt <= MAX_STAND_INS; attempt++) {
      int other = EpochOrder.standIn(options.seed(), epoch, item, attempt, dataset.size());
      if (dataset.read(other, into)) {
        return other;
      }
    }
    throw new DataException(
        dataset.describe(item)
            + ": is unreadable, and so were "
            + MAX_STAND_INS
            + " items drawn in its place: "
            + dataset.summary());
  }

  /**
   * Orders are recomputed at will; two threads at the border of an epoch cost a shuffle each, never
   * a different result.
   */
  private int[] order(long epoch) {
    Order order = cached;
    if (order == null || order.epoch != epoch) {
      order = new Order(epoch, EpochOrder.shuffled(options.seed(), epoch, dataset.size()));
      cached = order;
    }
    return order.items;
  }

  /** The items of an epoch in their order. */
  private static final class Order {
    final long epoch;
    final int[] items;

    Order(long epoch, int[] items) {
      this.epoch = epoch;
      this.items = items;
    }
  }
}

package io.uvit.runner.encode;

import io.uvit.runner.data.DataException;
import io.uvit.runner.data.Dataset;
import io.uvit.runner.features.FeatureManifest;
import io.uvit.runner.features.FeatureStoreWriter;
import io.uvit.runner.features.ShardWriter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;

/**
 * Makes the missing shards of a store, or one part of them. Batches begin anew with every shard, so
 * what a shard holds depends neither on how shards are spread over processes nor on interruptions.
 * A stop request is heard between batches; the shard at hand is then dropped and made again by the
 * next run.
 */
public final class EncodeJob {
  private final Dataset images;
  private final MomentsEncoder encoder;
  private final FeatureStoreWriter store;
  private final EncodeOptions options;
  private final EncodeListener listener;
  private final BooleanSupplier stop;
  private final int views;
  private final int imagesPerBatch;
  private final float[] moments;
  private long encodeNanos;
  private long writeNanos;
  private long items;
  private int shards;

  /**
   * @param images of the size the encoder reads
   * @param store with the plan of {@link #plan}
   * @param stop asked between batches
   * @throws IllegalArgumentException if the batch size is odd with mirror images
   */
  public EncodeJob(
      Dataset images,
      MomentsEncoder encoder,
      FeatureStoreWriter store,
      EncodeOptions options,
      EncodeListener listener,
      BooleanSupplier stop) {
    this.images = images;
    this.encoder = encoder;
    this.store = store;
    this.options = options;
    this.listener = listener;
    this.stop = stop;
    this.views = store.manifest().views();
    if (options.batchSize() % views != 0) {
      throw new IllegalArgumentException(
          "batch size: found "
              + options.batchSize()
              + ", wanted an even one: an image and its mirror image are encoded together");
    }
    this.imagesPerBatch = options.batchSize() / views;
    this.moments =
        new float[Math.multiplyExact(options.batchSize(), store.manifest().shape().values())];
  }

  /**
   * The store that a job is to make.
   *
   * @param itemsPerShard absent: so many that a shard has about 64 MiB
   * @param preprocessing how {@code images} are prepared, in words that stay the same
   * @throws IllegalArgumentException if there are too many items, or {@code itemsPerShard} does not
   *     fit
   */
  public static FeatureManifest plan(
      Dataset images,
      MomentsEncoder encoder,
      boolean mirrored,
      OptionalInt itemsPerShard,
      String preprocessing)
      throws DataException {
    long items = (long) images.size() * (mirrored ? 2 : 1);
    if (items > Integer.MAX_VALUE - 1) {
      throw new IllegalArgumentException(
          "items: found " + items + ", wanted at most " + (Integer.MAX_VALUE - 1));
    }
    return new FeatureManifest(
        (int) items,
        encoder.shape(),
        itemsPerShard.orElse(FeatureManifest.defaultItemsPerShard(encoder.shape())),
        mirrored,
        images.classNames(),
        preprocessing,
        images.digest(),
        encoder.digest(),
        encoder.description());
  }

  /**
   * Makes shards until the last one is there or a stop is asked for.
   *
   * @throws DataException if an image cannot be read, naming it
   * @throws io.uvit.runner.features.FeatureException if the encoder gives a value that is not
   *     finite
   */
  public EncodeReport run() throws IOException, InterruptedException {
    long start = System.nanoTime();
    List<Integer> missing = store.missing();
    List<Integer> mine =
        missing.stream().filter(s -> s % options.parts() == options.part()).toList();
    FeatureManifest manifest = store.manifest();
    listener.started(
        mine.size(),
        mine.stream().mapToLong(manifest::itemsOf).sum(),
        manifest.shards() - missing.size());
    boolean finished;
    long waited;
    try (DecodeAhead decoded =
        new DecodeAhead(images, views, imagesPerBatch, options, work(mine))) {
      finished = encode(decoded, mine);
      waited = decoded.waitNanos();
    }
    return new EncodeReport(
        finished,
        shards,
        items,
        views,
        seconds(System.nanoTime() - start),
        seconds(waited),
        seconds(encodeNanos),
        seconds(writeNanos));
  }

  private boolean encode(DecodeAhead decoded, List<Integer> mine)
      throws IOException, InterruptedException {
    for (int shard : mine) {
      try (ShardWriter writer = store.begin(shard)) {
        int end = store.manifest().firstItem(shard) + store.manifest().itemsOf(shard);
        while (writer.nextItem() < end) {
          if (stop.getAsBoolean()) {
            return false;
          }
          if (!decoded.next()) {
            throw new IllegalStateException("shard " + shard + " has too few images");
          }
          encode(decoded, writer);
        }
        long start = System.nanoTime();
        boolean ours = writer.commit();
        writeNanos += System.nanoTime() - start;
        shards++;
        listener.shardDone(shard, ours);
      }
    }
    return true;
  }

  private void encode(DecodeAhead decoded, ShardWriter writer) throws IOException {
    DecodeAhead.Work batch = decoded.work();
    int count = batch.images() * views;
    long start = System.nanoTime();
    encoder.encode(decoded.images(), count, moments);
    long encoded = System.nanoTime();
    int values = store.manifest().shape().values();
    for (int i = 0; i < count; i++) {
      int image = batch.firstImage() + i / views;
      writer.add(moments, i * values, images.numClasses() == 0 ? -1 : images.label(image));
    }
    encodeNanos += encoded - start;
    writeNanos += System.nanoTime() - encoded;
    items += count;
    listener.encoded(items);
  }

  /** The batches of shards in their order; they are few enough to be listed. */
  private Iterator<DecodeAhead.Work> work(List<Integer> mine) {
    List<DecodeAhead.Work> work = new ArrayList<>();
    FeatureManifest manifest = store.manifest();
    for (int shard : mine) {
      int first = manifest.firstItem(shard) / views;
      int end = first + manifest.itemsOf(shard) / views;
      for (int image = first; image < end; image += imagesPerBatch) {
        work.add(new DecodeAhead.Work(shard, image, Math.min(imagesPerBatch, end - image)));
      }
    }
    return work.iterator();
  }

  private static double seconds(long nanos) {
    return nanos / 1e9;
  }
}

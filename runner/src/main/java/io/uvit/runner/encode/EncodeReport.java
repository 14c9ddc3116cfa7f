package io.uvit.runner.encode;

/**
 * What a job did and where its time went, as the thread that drives it saw it: it waits for decoded
 * images, has them encoded, writes.
 *
 * @param finished false if it was asked to stop before its last shard
 * @param shards shards finished
 * @param items items encoded, mirror images included
 * @param views items of an image: 2 with mirror images, else 1
 * @param seconds from start to end
 * @param decodeSeconds spent waiting for decoded images
 * @param encodeSeconds spent in the autoencoder
 * @param writeSeconds spent writing and making shards durable
 */
public record EncodeReport(
    boolean finished,
    int shards,
    long items,
    int views,
    double seconds,
    double decodeSeconds,
    double encodeSeconds,
    double writeSeconds) {

  /** Source images a second. */
  public double imagesPerSecond() {
    return seconds > 0 ? items / (double) views / seconds : 0;
  }

  /** Two lines for people: throughput, and shares of the time. */
  public String text() {
    return """
        %,d images (%,d items) in %.1f s: %.2f images/s
        time: waiting for decoded images %.1f %%, encoding %.1f %%, writing %.1f %%"""
        .formatted(
            items / views,
            items,
            seconds,
            imagesPerSecond(),
            share(decodeSeconds),
            share(encodeSeconds),
            share(writeSeconds));
  }

  private double share(double part) {
    return seconds > 0 ? 100 * part / seconds : 0;
  }
}

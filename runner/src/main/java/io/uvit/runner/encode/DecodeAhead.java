package io.uvit.runner.encode;

import io.uvit.runner.data.DataException;
import io.uvit.runner.data.Dataset;
import io.uvit.runner.image.ByteImage;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Decodes batches of images ahead on worker threads, one task an image. For one thread; closing
 * ends the workers.
 */
final class DecodeAhead implements AutoCloseable {
  private static final AtomicInteger COUNTER = new AtomicInteger();
  private static final long CLOSE_SECONDS = 30;

  /**
   * Consecutive images of one shard.
   *
   * @param shard its number
   * @param firstImage of the batch
   * @param images at least 1
   */
  record Work(int shard, int firstImage, int images) {}

  /** A batch that is being decoded. */
  private record Pending(Work work, ByteBuffer buffer, List<Future<?>> images) {}

  private final Dataset dataset;
  private final int views;
  private final Iterator<Work> work;
  private final ExecutorService workers;
  private final ArrayDeque<ByteBuffer> free = new ArrayDeque<>();
  private final ArrayDeque<Pending> pending = new ArrayDeque<>();
  private Pending current;
  private long waitNanos;

  DecodeAhead(
      Dataset dataset, int views, int imagesPerBatch, EncodeOptions options, Iterator<Work> work)
      throws DataException {
    this.dataset = dataset;
    this.views = views;
    this.work = work;
    long bytes = (long) imagesPerBatch * views * dataset.shape().samples();
    if (bytes > Integer.MAX_VALUE) {
      throw new DataException(
          "a batch of "
              + imagesPerBatch * views
              + " "
              + dataset.format()
              + " is larger than 2 GiB; a smaller --batch-size fits");
    }
    for (int i = 0; i <= options.prefetchBatches(); i++) {
      free.add(ByteBuffer.allocateDirect((int) bytes));
    }
    this.workers =
        Executors.newFixedThreadPool(
            options.workers(),
            task -> {
              Thread thread = new Thread(task, "uvit-encode-" + COUNTER.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    submit();
  }

  private void submit() {
    while (free.size() > 1 && work.hasNext()) {
      Work next = work.next();
      ByteBuffer buffer = free.remove();
      List<Future<?>> images = new ArrayList<>();
      for (int i = 0; i < next.images(); i++) {
        int slot = i;
        images.add(
            workers.submit(
                () -> {
                  decode(next.firstImage() + slot, slot, buffer);
                  return null;
                }));
      }
      pending.add(new Pending(next, buffer, images));
    }
  }

  private void decode(int image, int slot, ByteBuffer into) throws DataException {
    int samples = dataset.shape().samples();
    byte[] bytes = new byte[samples];
    if (!dataset.read(image, bytes)) {
      throw new DataException(
          dataset.describe(image)
              + ": is unreadable; features are numbered as the images are, so none can be left out:"
              + " remove it or make it readable");
    }
    into.put(slot * views * samples, bytes);
    if (views == 2) {
      ByteImage.mirror(bytes, dataset.shape());
      into.put((slot * views + 1) * samples, bytes);
    }
  }

  /**
   * Waits for the next batch and makes it the current one; false if there is none. The buffer of
   * the batch before may be overwritten from now on.
   *
   * @throws DataException naming an image that cannot be read
   */
  boolean next() throws DataException, InterruptedException {
    if (current != null) {
      free.add(current.buffer());
      current = null;
    }
    submit();
    if (pending.isEmpty()) {
      return false;
    }
    long start = System.nanoTime();
    Pending batch = pending.remove();
    try {
      for (Future<?> image : batch.images()) {
        image.get();
      }
    } catch (ExecutionException e) {
      throw rethrown(e.getCause());
    } finally {
      waitNanos += System.nanoTime() - start;
    }
    current = batch;
    return true;
  }

  private static DataException rethrown(Throwable cause) {
    if (cause instanceof Error error) {
      throw error;
    }
    return cause instanceof DataException data
        ? new DataException(data.getMessage(), data)
        : new DataException("a decoding thread failed: " + cause, cause);
  }

  Work work() {
    return current.work();
  }

  /** The images of the current batch [n, H, W, C], each followed by its mirror image. */
  ByteBuffer images() {
    int bytes = current.work().images() * views * dataset.shape().samples();
    return current.buffer().duplicate().position(0).limit(bytes);
  }

  /** Nanoseconds {@link #next} waited. */
  long waitNanos() {
    return waitNanos;
  }

  @Override
  public void close() {
    workers.shutdownNow();
    try {
      if (!workers.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException(
            "decoding threads did not end within " + CLOSE_SECONDS + " s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

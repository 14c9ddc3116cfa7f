package io.uvit.runner.data;

import java.util.ArrayDeque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The batches of steps startStep, startStep + 1, ... without end, filled ahead by worker threads.
 *
 * <p>Step s is batch s mod n of epoch s / n, where n = size / batchSize (an incomplete last batch
 * is dropped). What a batch holds is a function of the seed, the step and the files; threads change
 * only how long the caller waits.
 *
 * <p>Threads: {@link #next} and {@link #close} are for one thread. Resources: closing ends the
 * workers; the dataset stays open.
 */
public final class BatchSource implements AutoCloseable {
  private static final AtomicInteger COUNTER = new AtomicInteger();
  private static final long CLOSE_SECONDS = 30;

  private final BatchAssembler assembler;
  private final ExecutorService workers;
  private final ArrayDeque<Future<Batch>> pending = new ArrayDeque<>();
  private final ArrayDeque<Batch> free = new ArrayDeque<>();
  private long submitStep;
  private Batch held;
  private long lastWaitNanos;
  private long totalWaitNanos;

  private BatchSource(BatchAssembler assembler, BatchOptions options) throws DataException {
    this.assembler = assembler;
    this.submitStep = options.startStep();
    for (int i = 0; i <= options.prefetchBatches(); i++) {
      free.add(assembler.newBatch());
    }
    this.workers =
        Executors.newFixedThreadPool(
            Math.min(options.workers(), options.prefetchBatches()), daemons());
    while (free.size() > 1) {
      submitNext();
    }
  }

  /**
   * Starts filling batches of {@code dataset}, which must stay open until this source is closed.
   *
   * @throws DataException if the dataset has fewer images than a batch, or a batch exceeds 2 GiB
   */
  public static BatchSource start(Dataset dataset, BatchOptions options) throws DataException {
    return new BatchSource(new BatchAssembler(dataset, options), options);
  }

  /**
   * The batch of the next step; waits until it is filled. The batch given before may be overwritten
   * from now on.
   *
   * @throws DataException what a worker met, with the name of the file; every later call fails
   *     alike
   * @throws InterruptedException if the caller is interrupted while it waits; the call may be
   *     repeated
   * @throws IllegalStateException if the source is closed
   */
  public Batch next() throws DataException, InterruptedException {
    if (workers.isShutdown()) {
      throw new IllegalStateException("the batch source is closed");
    }
    if (held != null) {
      free.add(held);
      held = null;
    }
    if (!free.isEmpty()) {
      submitNext();
    }
    long start = System.nanoTime();
    try {
      held = pending.element().get();
      pending.remove();
    } catch (ExecutionException e) {
      throw rethrown(e.getCause());
    } finally {
      lastWaitNanos = System.nanoTime() - start;
      totalWaitNanos += lastWaitNanos;
    }
    return held;
  }

  /** Batches of one pass over the data. */
  public long batchesPerEpoch() {
    return assembler.batchesPerEpoch();
  }

  /** Nanoseconds the last {@link #next} waited for workers. */
  public long lastWaitNanos() {
    return lastWaitNanos;
  }

  /** Nanoseconds all calls of {@link #next} waited for workers. */
  public long totalWaitNanos() {
    return totalWaitNanos;
  }

  /** Ends the workers and waits for them; harmless when repeated. */
  @Override
  public void close() {
    workers.shutdownNow();
    pending.clear();
    boolean interrupted = false;
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(CLOSE_SECONDS);
    while (true) {
      try {
        if (!workers.awaitTermination(Math.max(end - System.nanoTime(), 0), TimeUnit.NANOSECONDS)) {
          throw new IllegalStateException(
              "data workers did not end within " + CLOSE_SECONDS + " s");
        }
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void submitNext() {
    Batch batch = free.remove();
    long step = submitStep++;
    pending.add(
        workers.submit(
            () -> {
              assembler.fill(batch, step);
              return batch;
            }));
  }

  /** The failure of a worker as a new exception of the caller's thread, its message kept. */
  private static DataException rethrown(Throwable cause) {
    if (cause instanceof Error error) {
      throw error;
    }
    if (cause instanceof DataException data) {
      return new DataException(data.getMessage(), data);
    }
    return new DataException("a data worker failed: " + cause, cause);
  }

  private static ThreadFactory daemons() {
    return task -> {
      Thread thread = new Thread(task, "uvit-data-" + COUNTER.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }
}

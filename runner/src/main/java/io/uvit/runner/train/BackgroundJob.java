package io.uvit.runner.train;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;

/**
 * Does one kind of work, such as writing checkpoints, while training goes on; one piece at a time.
 *
 * <p><b>Threads</b>: all methods are for the training thread. <b>Resources</b>: closing waits for
 * the piece that is under way.
 *
 * @param <T> what comes of a piece
 */
final class BackgroundJob<T> implements AutoCloseable {
  private final String piece;
  private final ExecutorService thread;
  private Optional<Future<T>> underWay = Optional.empty();

  /**
   * A thread without work.
   *
   * @param piece what a piece of work is called, such as {@code checkpoint}
   */
  BackgroundJob(String piece) {
    this.piece = piece;
    thread =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread worker = new Thread(task, "uvit-" + piece);
              worker.setDaemon(true);
              return worker;
            });
  }

  /**
   * Starts a piece of work.
   *
   * @param work does it and returns what came of it, not null
   * @throws IllegalStateException if one is under way, or what came of it was not asked for
   */
  void start(Callable<T> work) {
    if (underWay.isPresent()) {
      throw new IllegalStateException("a " + piece + " is under way already");
    }
    underWay = Optional.of(thread.submit(work));
  }

  /**
   * What came of a piece that was finished since the last call; empty if there is none or it is
   * still under way.
   *
   * @throws IOException why it failed; once
   */
  Optional<T> finished() throws IOException {
    return underWay.isPresent() && underWay.get().isDone() ? await() : Optional.empty();
  }

  /**
   * Waits for the piece that is under way, through interrupts, which are kept for later: a commit
   * is not left half done.
   *
   * @return what came of it; empty if there is none
   * @throws IOException why it failed; once
   */
  Optional<T> await() throws IOException {
    if (underWay.isEmpty()) {
      return Optional.empty();
    }
    Future<T> awaited = underWay.get();
    underWay = Optional.empty();
    try {
      return Optional.of(settled(awaited));
    } catch (ExecutionException e) {
      throw rethrown(e.getCause());
    }
  }

  /**
   * How the piece that is under way now ends. The supplier is for any thread; it waits until then,
   * and gives false if the piece failed, for which nobody but this job's owner is told why.
   */
  BooleanSupplier success() {
    Optional<Future<T>> now = underWay;
    return () -> {
      try {
        if (now.isPresent()) {
          settled(now.get());
        }
        return true;
      } catch (ExecutionException e) {
        return false;
      }
    };
  }

  private static <T> T settled(Future<T> future) throws ExecutionException {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return future.get();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private IOException rethrown(Throwable cause) {
    if (cause instanceof IOException io) {
      return io;
    }
    if (cause instanceof RuntimeException runtime) {
      throw runtime;
    }
    if (cause instanceof Error error) {
      throw error;
    }
    return new IOException("the " + piece + " could not be made: " + cause, cause);
  }

  /**
   * As {@link #await}, and ends the thread.
   *
   * @throws IOException why the piece failed, unless that was said before
   */
  @Override
  public void close() throws IOException {
    thread.shutdown();
    await();
  }
}

package io.uvit.runner.train;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Writes checkpoints while training goes on, one at a time.
 *
 * <p><b>Threads</b>: all methods are for the training thread. <b>Resources</b>: closing waits for
 * the checkpoint that is being written.
 */
final class CheckpointThread implements AutoCloseable {
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread writer = new Thread(task, "uvit-checkpoint");
            writer.setDaemon(true);
            return writer;
          });
  private Optional<Future<Path>> writing = Optional.empty();

  /**
   * Starts writing a checkpoint.
   *
   * @param write writes it and returns its folder
   * @throws IllegalStateException if one is being written, or what came of it was not asked for
   */
  void start(Callable<Path> write) {
    if (writing.isPresent()) {
      throw new IllegalStateException("a checkpoint is being written already");
    }
    writing = Optional.of(thread.submit(write));
  }

  /**
   * The folder of a checkpoint that was finished since the last call; empty if there is none or it
   * is still being written.
   *
   * @throws IOException why it could not be written; once
   */
  Optional<Path> finished() throws IOException {
    return writing.isPresent() && writing.get().isDone() ? await() : Optional.empty();
  }

  /**
   * Waits for the checkpoint that is being written, through interrupts, which are kept for later: a
   * commit is not left half done.
   *
   * @return its folder; empty if there is none
   * @throws IOException why it could not be written; once
   */
  Optional<Path> await() throws IOException {
    if (writing.isEmpty()) {
      return Optional.empty();
    }
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return Optional.of(writing.get().get());
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      throw rethrown(e.getCause());
    } finally {
      writing = Optional.empty();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static IOException rethrown(Throwable cause) {
    if (cause instanceof IOException io) {
      return io;
    }
    if (cause instanceof RuntimeException runtime) {
      throw runtime;
    }
    if (cause instanceof Error error) {
      throw error;
    }
    return new IOException("the checkpoint could not be written: " + cause, cause);
  }

  /**
   * As {@link #await}, and ends the thread.
   *
   * @throws IOException why the checkpoint could not be written, unless that was said before
   */
  @Override
  public void close() throws IOException {
    thread.shutdown();
    await();
  }
}

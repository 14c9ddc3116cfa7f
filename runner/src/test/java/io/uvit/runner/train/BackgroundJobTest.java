package io.uvit.runner.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

class BackgroundJobTest {
  private static final Path FOLDER = Path.of("step-000001");

  @Test
  void oneIsWrittenAtATime() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    try (BackgroundJob<Path> job = new BackgroundJob<>("checkpoint")) {
      assertEquals(Optional.empty(), job.finished());
      assertEquals(Optional.empty(), job.await());
      job.start(
          () -> {
            go.await();
            return FOLDER;
          });
      assertEquals(Optional.empty(), job.finished());
      assertThrows(IllegalStateException.class, () -> job.start(() -> FOLDER));
      go.countDown();
      assertEquals(Optional.of(FOLDER), job.await());
      assertEquals(Optional.empty(), job.finished());
    }
  }

  @Test
  void aFailureIsSaidOnce() throws Exception {
    IOException full = new IOException("disk full");
    try (BackgroundJob<Path> job = new BackgroundJob<>("checkpoint")) {
      job.start(
          () -> {
            throw full;
          });
      assertSame(full, assertThrows(IOException.class, job::await));
      assertEquals(Optional.empty(), job.finished());
    }
  }

  @Test
  void aFailureThatNobodyAskedForIsSaidAtTheEnd() {
    BackgroundJob<Path> job = new BackgroundJob<>("checkpoint");
    job.start(
        () -> {
          throw new IllegalArgumentException("bad");
        });
    assertEquals("bad", assertThrows(IllegalArgumentException.class, job::close).getMessage());
  }

  /** Others wait for a piece and hear whether it went well, whoever asked for its failure. */
  @Test
  void successIsThatOfThePieceUnderWay() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    try (BackgroundJob<Path> job = new BackgroundJob<>("preview")) {
      assertTrue(job.success().getAsBoolean(), "without work");
      job.start(
          () -> {
            go.await();
            throw new IOException("disk full");
          });
      BooleanSupplier first = job.success();
      CompletableFuture<Boolean> heard = CompletableFuture.supplyAsync(first::getAsBoolean);
      assertFalse(heard.isDone());
      go.countDown();
      assertFalse(heard.get());
      assertThrows(IOException.class, job::await);
      job.start(() -> FOLDER);
      assertTrue(job.success().getAsBoolean());
      assertFalse(first.getAsBoolean(), "a later piece is another one's");
      assertEquals(Optional.of(FOLDER), job.finished());
    }
  }

  /** An interrupted run does not leave before its checkpoint is whole. */
  @Test
  void interruptsWait() throws Exception {
    AtomicBoolean written = new AtomicBoolean();
    BackgroundJob<Path> job = new BackgroundJob<>("checkpoint");
    job.start(
        () -> {
          Thread.sleep(200);
          written.set(true);
          return FOLDER;
        });
    Thread.currentThread().interrupt();
    job.close();
    assertTrue(written.get());
    assertTrue(Thread.interrupted(), "the interrupt is kept");
    assertFalse(Thread.interrupted());
  }
}

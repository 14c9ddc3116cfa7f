package io.uvit.runner.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class CheckpointThreadTest {
  private static final Path FOLDER = Path.of("step-000001");

  @Test
  void oneIsWrittenAtATime() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    try (CheckpointThread thread = new CheckpointThread()) {
      assertEquals(Optional.empty(), thread.finished());
      assertEquals(Optional.empty(), thread.await());
      thread.start(
          () -> {
            go.await();
            return FOLDER;
          });
      assertEquals(Optional.empty(), thread.finished());
      assertThrows(IllegalStateException.class, () -> thread.start(() -> FOLDER));
      go.countDown();
      assertEquals(Optional.of(FOLDER), thread.await());
      assertEquals(Optional.empty(), thread.finished());
    }
  }

  @Test
  void aFailureIsSaidOnce() throws Exception {
    IOException full = new IOException("disk full");
    try (CheckpointThread thread = new CheckpointThread()) {
      thread.start(
          () -> {
            throw full;
          });
      assertSame(full, assertThrows(IOException.class, thread::await));
      assertEquals(Optional.empty(), thread.finished());
    }
  }

  @Test
  void aFailureThatNobodyAskedForIsSaidAtTheEnd() {
    CheckpointThread thread = new CheckpointThread();
    thread.start(
        () -> {
          throw new IllegalArgumentException("bad");
        });
    assertEquals("bad", assertThrows(IllegalArgumentException.class, thread::close).getMessage());
  }

  /** An interrupted run does not leave before its checkpoint is whole. */
  @Test
  void interruptsWait() throws Exception {
    AtomicBoolean written = new AtomicBoolean();
    CheckpointThread thread = new CheckpointThread();
    thread.start(
        () -> {
          Thread.sleep(200);
          written.set(true);
          return FOLDER;
        });
    Thread.currentThread().interrupt();
    thread.close();
    assertTrue(written.get());
    assertTrue(Thread.interrupted(), "the interrupt is kept");
    assertFalse(Thread.interrupted());
  }
}

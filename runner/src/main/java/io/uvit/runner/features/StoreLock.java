package io.uvit.runner.features;

import io.uvit.savedmodels.checkpoint.UnwritableFolderException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets one writer at a time publish into a store: an operating-system lock on {@code .lock} between
 * processes, and a Java lock within this one. Held for the renames of a shard, not for its making.
 */
final class StoreLock implements AutoCloseable {
  private static final ReentrantLock WITHIN = new ReentrantLock();

  private final FileChannel channel;
  private final FileLock lock;

  private StoreLock(FileChannel channel, FileLock lock) {
    this.channel = channel;
    this.lock = lock;
  }

  /**
   * Waits for the lock of a store's folder, which must exist.
   *
   * @throws UnwritableFolderException if this process may not write there
   */
  static StoreLock acquire(Path store) throws IOException {
    WITHIN.lock();
    StoreLock acquired = null;
    try {
      acquired = lock(store);
      return acquired;
    } catch (FileSystemException e) {
      throw new UnwritableFolderException(store, e);
    } finally {
      if (acquired == null) {
        WITHIN.unlock();
      }
    }
  }

  private static StoreLock lock(Path store) throws IOException {
    FileChannel channel =
        FileChannel.open(
            store.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      return new StoreLock(channel, channel.lock());
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** Fails if the lock was lost. */
  void requireHeld() {
    if (!lock.isValid()) {
      throw new IllegalStateException("the lock of the store is not held");
    }
  }

  @Override
  public void close() throws IOException {
    try {
      lock.release();
      channel.close();
    } finally {
      WITHIN.unlock();
    }
  }
}

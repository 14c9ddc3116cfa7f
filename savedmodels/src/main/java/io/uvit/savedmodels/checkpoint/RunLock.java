package io.uvit.savedmodels.checkpoint;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Keeps a run directory to one process, by an operating-system lock on {@code <runDir>/LOCK}. The
 * lock ends with the process, however it ends; the file stays and tells who holds or held it.
 *
 * <p>POSIX drops a process's lock when the process closes <i>any</i> descriptor of the file, so
 * within one process the holders are kept in a table and the file is opened only by the holder.
 *
 * <p><b>Resources</b>: whoever acquires closes. <b>Threads</b>: safe.
 */
public final class RunLock implements AutoCloseable {
  private static final String FILE_NAME = "LOCK";
  private static final int MAX_HOLDER_BYTES = 1024;

  /** The run directories this process holds, by real path, and what it says about itself. */
  private static final ConcurrentMap<Path, String> HELD = new ConcurrentHashMap<>();

  private final Path runDir;
  private final FileChannel channel;
  private final FileLock lock;
  private boolean closed;

  private RunLock(Path runDir, FileChannel channel, FileLock lock) {
    this.runDir = runDir;
    this.channel = channel;
    this.lock = lock;
  }

  /**
   * Takes the lock of a run directory, which must exist.
   *
   * @throws RunLockedException at once when another process or this one holds it, naming the holder
   * @throws UnwritableFolderException when the directory does not let this process write
   * @throws IOException when it does not exist, or its file system has no locks
   */
  public static RunLock acquire(Path runDir) throws IOException {
    Path real = runDir.toRealPath();
    String self =
        "process %d on %s since %s"
            .formatted(
                ProcessHandle.current().pid(),
                hostName(),
                Instant.now().truncatedTo(ChronoUnit.SECONDS));
    String holder = HELD.putIfAbsent(real, self);
    if (holder != null) {
      throw new RunLockedException(runDir, holder + " (this process)");
    }
    RunLock acquired = null;
    try {
      acquired = lock(runDir, real, self);
      return acquired;
    } catch (RunLockedException e) {
      throw e;
    } catch (IOException e) {
      throw WriteErrors.named(real, real.resolve(FILE_NAME), e);
    } finally {
      if (acquired == null) {
        HELD.remove(real);
      }
    }
  }

  private static RunLock lock(Path runDir, Path real, String self) throws IOException {
    FileChannel channel =
        FileChannel.open(
            real.resolve(FILE_NAME),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    boolean taken = false;
    try {
      FileLock lock = channel.tryLock();
      if (lock == null) {
        throw new RunLockedException(runDir, holder(channel));
      }
      channel.truncate(0);
      channel.write(ByteBuffer.wrap((self + "\n").getBytes(StandardCharsets.UTF_8)), 0);
      channel.force(true);
      taken = true;
      return new RunLock(real, channel, lock);
    } catch (OverlappingFileLockException e) {
      throw new RunLockedException(runDir, "this process");
    } finally {
      if (!taken) {
        channel.close();
      }
    }
  }

  private static String holder(FileChannel channel) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(MAX_HOLDER_BYTES);
    channel.read(bytes, 0);
    String text = StandardCharsets.UTF_8.decode(bytes.flip()).toString().strip();
    return text.isEmpty() ? "another process" : text;
  }

  private static String hostName() {
    Path kernel = Path.of("/proc/sys/kernel/hostname"); // no name lookup that could hang
    try {
      if (Files.isReadable(kernel)) {
        return Files.readString(kernel).strip();
      }
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "an unnamed host";
    } catch (IOException e) {
      return "this host";
    }
  }

  /** Releases the lock; a second call does nothing. */
  @Override
  public synchronized void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try {
      lock.release();
      channel.close();
    } finally {
      HELD.remove(runDir);
    }
  }
}

package io.uvit.runner.features;

import io.uvit.savedmodels.weights.DataType;
import io.uvit.savedmodels.weights.NpyWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.List;
import java.util.UUID;

/**
 * A numpy file of a shard while it is written: under a name of its own that no other process uses,
 * locked as long as this process lives, so that another may tell it from the leftover of a killed
 * one. It gets its final name when its shard is published.
 */
final class ShardFile implements AutoCloseable {
  private static final String MARK = ".uvit-tmp-";

  private final Path temporary;
  private final Path target;
  private final FileChannel channel;
  private final MessageDigest digest = Sha256.start();
  private boolean closed;

  private ShardFile(Path target) throws IOException {
    this.target = target;
    this.temporary = target.resolveSibling("." + target.getFileName() + MARK + UUID.randomUUID());
    this.channel =
        FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    lock(channel);
  }

  /** Begins a file with the header of an array. */
  static ShardFile create(Path target, DataType type, List<Long> shape) throws IOException {
    ShardFile file = new ShardFile(target);
    try {
      file.write(ByteBuffer.wrap(NpyWriter.header(type, shape)));
      return file;
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  static List<Long> momentsShape(FeatureShape shape, int items) {
    return List.of(
        (long) items, (long) shape.height(), (long) shape.width(), (long) shape.channels());
  }

  static List<Long> labelsShape(int items) {
    return List.of((long) items);
  }

  /** Size of the moments file of a shard. */
  static long momentsBytes(FeatureShape shape, int items) {
    return NpyWriter.header(DataType.F32, momentsShape(shape, items)).length
        + (long) items * shape.bytes();
  }

  /** Size of the labels file of a shard. */
  static long labelsBytes(int items) {
    return NpyWriter.header(DataType.I32, labelsShape(items)).length + (long) items * Integer.BYTES;
  }

  /** Appends bytes. */
  void write(ByteBuffer bytes) throws IOException {
    digest.update(bytes.duplicate());
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** SHA-256 of what was written, which is then all of it; forces it to the device. */
  String finish() throws IOException {
    channel.force(true);
    return Sha256.hex(digest);
  }

  /** Gives the file its final name. */
  void publish() throws IOException {
    Files.move(
        temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    close();
  }

  /** Closes the file and deletes it, unless it was published; harmless when repeated. */
  @Override
  public void close() throws IOException {
    if (!closed) {
      closed = true;
      Files.deleteIfExists(temporary);
      channel.close();
    }
  }

  /** Whether the lock was taken; false too where the file system has no locks. */
  private static boolean lock(FileChannel channel) {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException | IOException e) {
      return false;
    }
  }

  /**
   * Deletes what killed processes left behind. Where the file system has no locks, nothing is
   * deleted; leftovers do no harm. Callers hold the {@link StoreLock}.
   */
  static void deleteLeftovers(Path store) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(store, ".*" + MARK + "*")) {
      for (Path file : files) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
          if (lock(channel)) {
            Files.deleteIfExists(file);
          }
        }
      }
    }
  }
}

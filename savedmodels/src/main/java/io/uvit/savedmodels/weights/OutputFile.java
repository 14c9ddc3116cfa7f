package io.uvit.savedmodels.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** A file written under another name in the same folder and renamed when it is complete. */
final class OutputFile {
  private final Path target;
  private final Path partial;
  private final FileChannel channel;

  private OutputFile(Path target, Path partial, FileChannel channel) {
    this.target = target;
    this.partial = partial;
    this.channel = channel;
  }

  static OutputFile create(Path target) {
    try {
      Path folder = target.toAbsolutePath().getParent();
      Path partial =
          folder.resolve(target.getFileName() + ".partial-" + ProcessHandle.current().pid());
      FileChannel channel =
          FileChannel.open(
              partial,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE);
      return new OutputFile(target, partial, channel);
    } catch (IOException e) {
      throw new WeightFileException(target, "file", e.toString(), "a writable file", e);
    }
  }

  /** Writes all of a buffer at a position. */
  void write(ByteBuffer data, long position) {
    long at = position;
    try {
      while (data.hasRemaining()) {
        at += channel.write(data, at);
      }
    } catch (IOException e) {
      throw new WeightFileException(
          target, "write at " + at, e.toString(), data.remaining() + " bytes more on disk", e);
    }
  }

  /** Forces the content to disk and gives the file its name. */
  void commit() {
    try {
      channel.force(true);
      channel.close();
      Files.move(
          partial, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      abandon();
      throw new WeightFileException(target, "file", e.toString(), "a completed file", e);
    }
  }

  /** Removes what was written. */
  void abandon() {
    try {
      channel.close();
      Files.deleteIfExists(partial);
    } catch (IOException e) {
      throw new WeightFileException(partial, "file", e.toString(), "its removal", e);
    }
  }
}

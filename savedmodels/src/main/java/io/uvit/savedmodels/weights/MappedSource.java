package io.uvit.savedmodels.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;

/**
 * Read access to regions of one file. Regions of some size are memory-mapped, small ones copied;
 * every region is checked against the length of the file first.
 */
final class MappedSource implements AutoCloseable {
  /** Largest region handed to a consumer at once; a multiple of every element size. */
  static final int WINDOW = 1 << 26;

  private static final int COPY_BELOW = 1 << 16;

  private final Path path;
  private final FileChannel channel;
  private final long size;

  private MappedSource(Path path, FileChannel channel, long size) {
    this.path = path;
    this.channel = channel;
    this.size = size;
  }

  static MappedSource open(Path path) {
    try {
      FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
      try {
        return new MappedSource(path, channel, channel.size());
      } catch (IOException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw new WeightFileException(path, "file", e.toString(), "a readable file", e);
    }
  }

  Path path() {
    return path;
  }

  long size() {
    return size;
  }

  /** The error of something in this file being wrong. */
  WeightFileException wrong(String subject, String found, String wanted) {
    return new WeightFileException(path, subject, found, wanted);
  }

  /** Refuses a region that is not wholly inside the file. */
  void requireRegion(long offset, long length, String subject) {
    if (offset < 0 || length < 0 || offset > size - length) {
      throw wrong(
          subject,
          length + " bytes at offset " + offset,
          "a region inside the " + size + " bytes of the file");
    }
  }

  /** A read-only little-endian buffer over a region of at most 2 GiB - 1. */
  ByteBuffer region(long offset, long length, String subject) {
    requireRegion(offset, length, subject);
    if (length > Integer.MAX_VALUE) {
      throw wrong(subject, length + " bytes", "at most " + Integer.MAX_VALUE);
    }
    try {
      ByteBuffer region =
          length < COPY_BELOW
              ? copy(offset, (int) length, subject)
              : channel.map(FileChannel.MapMode.READ_ONLY, offset, length);
      return region.asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw new WeightFileException(path, subject, e.toString(), "a readable region", e);
    }
  }

  /**
   * A little-endian copy of the whole file on the heap, for files read once and soon forgotten.
   *
   * @param most bytes accepted
   */
  ByteBuffer whole(int most, String subject) {
    if (size > most) {
      throw wrong(subject, size + " bytes", "at most " + most);
    }
    try {
      return copy(0, (int) size, subject).order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw new WeightFileException(path, subject, e.toString(), "a readable file", e);
    }
  }

  /** Hands a region over in windows of whole elements. */
  void forEachWindow(long offset, long length, String subject, Consumer<ByteBuffer> consumer) {
    requireRegion(offset, length, subject);
    for (long done = 0; done < length; done += WINDOW) {
      consumer.accept(region(offset + done, Math.min(WINDOW, length - done), subject));
    }
  }

  private ByteBuffer copy(long offset, int length, String subject) throws IOException {
    ByteBuffer copy = ByteBuffer.allocate(length);
    while (copy.hasRemaining()) {
      if (channel.read(copy, offset + copy.position()) < 0) {
        throw wrong(subject, "end of file at " + (offset + copy.position()), length + " bytes");
      }
    }
    return copy.flip();
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new WeightFileException(path, "file", e.toString(), "to be closed", e);
    }
  }

  @Override
  public String toString() {
    return path.toString();
  }
}

package io.uvit.savedmodels.checkpoint;

import io.uvit.savedmodels.checkpoint.CheckpointManifest.Entry;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The temporary folder into which one checkpoint is written.
 *
 * <p>Files made by {@link #newFile} are hashed on their way to the disk. A library that wants a
 * path may write plain files under {@link #path()} itself; those are read back for their hash.
 * Folders within the folder are refused.
 *
 * <p><b>Threads</b>: used by one thread at a time.
 */
public final class CheckpointFolder {
  private final FileOps files;
  private final Path path;
  private final SortedMap<String, Entry> written = new TreeMap<>();
  private final Set<String> open = new HashSet<>();
  private final SortedMap<String, String> facts = new TreeMap<>();

  CheckpointFolder(FileOps files, Path path) {
    this.files = files;
    this.path = path;
  }

  /** The temporary folder, for writers that need a path. It is renamed when the writer returns. */
  public Path path() {
    return path;
  }

  /**
   * Creates one file of the checkpoint; the caller closes it before the writer returns. Writes are
   * not buffered: hand over large pieces.
   *
   * @param name a plain file name: letters, digits, dot, underscore, hyphen; at most 128; not
   *     {@code manifest.json}
   * @throws IllegalArgumentException for any other name
   * @throws java.nio.file.FileAlreadyExistsException when the file exists
   */
  public OutputStream newFile(String name) throws IOException {
    requireFileName(name);
    OutputStream target = files.create(path.resolve(name));
    open.add(name);
    return new HashingStream(target, name);
  }

  /** Writes one file whole; see {@link #newFile}. */
  public void write(String name, byte[] bytes) throws IOException {
    try (OutputStream out = newFile(name)) {
      out.write(bytes);
    }
  }

  /** Records a fact in the manifest, such as {@code seed} or {@code images_seen}; the last wins. */
  public void fact(String name, String value) {
    facts.put(name, value);
  }

  SortedMap<String, String> facts() {
    return facts;
  }

  /** Lists every file with size and hash, and forces each to the device. */
  SortedMap<String, Entry> finish() throws IOException {
    if (!open.isEmpty()) {
      throw new IllegalStateException("checkpoint files were not closed: " + open);
    }
    SortedMap<String, Entry> entries = new TreeMap<>();
    for (Path file : files.list(path)) {
      String name = file.getFileName().toString();
      requireFileName(name);
      if (!files.isRegularFile(file)) {
        throw new IOException(file + ": a checkpoint holds plain files only, found a folder");
      }
      files.sync(file);
      entries.put(name, entry(file, name));
    }
    for (Map.Entry<String, Entry> wanted : written.entrySet()) {
      if (!wanted.getValue().equals(entries.get(wanted.getKey()))) {
        throw new IOException(
            "%s: changed before the checkpoint was finished, found %s, wanted %s"
                .formatted(
                    path.resolve(wanted.getKey()),
                    entries.get(wanted.getKey()),
                    wanted.getValue()));
      }
    }
    return entries;
  }

  private Entry entry(Path file, String name) throws IOException {
    long bytes = files.size(file);
    Entry own = written.get(name);
    String sha256 = own == null ? Digests.ofFile(files, file) : own.sha256();
    return new Entry(bytes, sha256);
  }

  private static void requireFileName(String name) {
    if (!CheckpointNames.isPlainFileName(name) || name.equals(CheckpointManifest.FILE_NAME)) {
      throw new IllegalArgumentException(
          "name of a checkpoint file: found '%s', wanted letters, digits, '.', '_' or '-', and not %s"
              .formatted(name, CheckpointManifest.FILE_NAME));
    }
  }

  /** Hashes and counts what goes through; passes it on in pieces that need no large native copy. */
  private final class HashingStream extends OutputStream {
    private static final int PIECE = 1 << 20;
    private final OutputStream target;
    private final String name;
    private final MessageDigest digest = Digests.sha256();
    private long bytes;
    private boolean closed;

    HashingStream(OutputStream target, String name) {
      this.target = target;
      this.name = name;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] b, int off, int len) throws IOException {
      for (int done = 0; done < len; done += PIECE) {
        int n = Math.min(PIECE, len - done);
        target.write(b, off + done, n);
        digest.update(b, off + done, n);
        bytes += n;
      }
    }

    @Override
    public void flush() throws IOException {
      target.flush();
    }

    @Override
    public void close() throws IOException {
      if (closed) {
        return;
      }
      closed = true;
      target.close();
      open.remove(name);
      written.put(name, new Entry(bytes, Digests.hex(digest)));
    }
  }
}

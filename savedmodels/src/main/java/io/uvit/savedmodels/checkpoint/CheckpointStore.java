package io.uvit.savedmodels.checkpoint;

import io.uvit.savedmodels.checkpoint.CheckpointListener.Kind;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The checkpoints of one run, in {@code <runDir>/checkpoints/step-NNNNNN}: each whole or absent.
 *
 * <p>A commit writes into {@code step-NNNNNN.tmp-<pid>}, forces each file, writes and forces the
 * manifest, forces the folder, renames it to its final name in one step and forces the parent. A
 * process killed at any instant leaves the earlier checkpoints untouched and at most a temporary
 * folder, which the next commit deletes.
 *
 * <p>A whole checkpoint is never overwritten: a commit of a step that has one is refused. A damaged
 * folder of that step is renamed to {@code step-NNNNNN.damaged-K} first, and never deleted by this
 * class.
 *
 * <p><b>Threads and processes</b>: methods are synchronised; one process at a time commits, which
 * the caller ensures by holding the {@link RunLock} of the run directory.
 */
public final class CheckpointStore {
  /** Room for the manifest, folder entries and file system bookkeeping beside the files. */
  private static final long SPARE_BYTES = 1 << 20;

  private final Path root;
  private final String product;
  private final FileOps files;
  private final CheckpointListener listener;
  private final Clock clock;
  private final CheckpointReader reader;
  private final CheckpointIndex index;
  private final CheckpointCleaner cleaner;
  private boolean mayPrune;

  private CheckpointStore(Builder builder) {
    root = builder.runDir.resolve("checkpoints");
    product = builder.product;
    files = builder.files;
    listener = builder.listener;
    clock = builder.clock;
    reader = new CheckpointReader(files);
    index = new CheckpointIndex(root, files, reader, listener);
    cleaner = new CheckpointCleaner(files, listener);
  }

  /**
   * Starts a store over {@code <runDir>/checkpoints}; nothing is created before the first commit.
   */
  public static Builder builder(Path runDir) {
    return new Builder(runDir);
  }

  /** The folder that holds the checkpoints; absent before the first commit. */
  public Path root() {
    return root;
  }

  /** As {@link #commit(long, long, CheckpointWriter)} without a check of free space beforehand. */
  public Path commit(long step, CheckpointWriter writer) throws IOException {
    return commit(step, 0, writer);
  }

  /**
   * Writes one checkpoint: afterwards it is whole and durable. When this throws, earlier
   * checkpoints are as before and the new one is absent, or, where only the last force of the
   * parent folder failed, whole.
   *
   * @param step finished training steps, >= 0
   * @param expectedBytes size of all files together; a file system with less room (and 1 MiB to
   *     spare) is refused before anything is written. 0 for no such check
   * @return the checkpoint's folder
   * @throws CheckpointExistsException when a whole checkpoint of this step exists
   * @throws DiskFullException when there is too little room, before or while writing
   * @throws UnwritableFolderException when the folder does not let this process write
   */
  public synchronized Path commit(long step, long expectedBytes, CheckpointWriter writer)
      throws IOException {
    requireAtLeast("step", step, 0);
    requireAtLeast("expectedBytes", expectedBytes, 0);
    prepareRoot();
    Path target = root.resolve(CheckpointNames.ofStep(step));
    boolean damaged = refuseWhole(target);
    cleaner.deleteLeftovers(root);
    if (expectedBytes > 0) {
      requireSpace(expectedBytes);
    }
    Path temporary = root.resolve(CheckpointNames.temporary(step));
    try {
      files.createDirectory(temporary);
      fill(temporary, step, writer);
      if (damaged) {
        setAside(target);
      }
      files.moveAtomically(temporary, target);
      files.syncDirectory(root);
    } catch (IOException | RuntimeException | Error e) {
      discard(temporary, e);
      throw WriteErrors.named(root, temporary, e);
    }
    mayPrune = true;
    return target;
  }

  /**
   * Finds the newest whole checkpoint, judged by manifest and sizes (hashes are checked by {@link
   * #open}). Damaged ones are reported and passed over; leftover temporary folders are reported.
   *
   * @return empty only when there is no checkpoint at all
   * @throws CorruptCheckpointException when there are checkpoints but none is whole: to start from
   *     nothing then is for a person to decide
   * @throws UnsupportedCheckpointException when the newest was written by a newer program
   */
  public synchronized Optional<Checkpoint> latest() throws IOException {
    return index.newest(false);
  }

  /**
   * As {@link #latest}, but reads each candidate whole to check its hashes: the newest checkpoint
   * that can be loaded.
   */
  public synchronized Optional<Checkpoint> openLatest() throws IOException {
    return index.newest(true);
  }

  /** Opens a checkpoint wherever it lies and checks it whole; see {@link Checkpoint#open}. */
  public Checkpoint open(Path folder) throws IOException {
    return reader.verify(folder);
  }

  /** Returns the folders named as checkpoints, whole or not, newest first. */
  public List<Path> folders() throws IOException {
    return index.folders();
  }

  /**
   * Deletes older checkpoints. To be called after a successful {@link #commit} of this store, once
   * for each: a failed commit can never leave fewer checkpoints than there were. Damaged folders
   * are left alone and do not count.
   *
   * @param keepLast how many of the newest stay, >= 1
   * @param keepEvery checkpoints whose step is a multiple of this stay too; 0 for none
   * @return the deleted folders
   * @throws IllegalStateException when nothing was committed since the last call
   */
  public synchronized List<Path> prune(int keepLast, long keepEvery) throws IOException {
    requireAtLeast("keepLast", keepLast, 1);
    requireAtLeast("keepEvery", keepEvery, 0);
    if (!mayPrune) {
      throw new IllegalStateException("checkpoints are pruned only after a new one is committed");
    }
    mayPrune = false;
    List<Path> deleted = new ArrayList<>();
    int kept = 0;
    for (Path folder : folders()) {
      long step = CheckpointNames.step(folder).getAsLong();
      if (!index.isWhole(folder)) {
        continue;
      }
      if (kept < keepLast || (keepEvery > 0 && step % keepEvery == 0)) {
        kept++;
        continue;
      }
      // Renamed first: a process killed while deleting leaves no checkpoint with files missing.
      Path going = root.resolve(CheckpointNames.beingDeleted(step));
      files.moveAtomically(folder, going);
      cleaner.deleteFolder(going);
      listener.report(Kind.PRUNED, folder, "pruned: older than the last " + keepLast);
      deleted.add(folder);
    }
    return deleted;
  }

  private void prepareRoot() throws IOException {
    try {
      files.createDirectories(root);
    } catch (IOException e) {
      throw WriteErrors.named(root.getParent(), root, e);
    }
  }

  /** Returns true when a damaged folder is in the way; a whole one is an error. */
  private boolean refuseWhole(Path target) throws IOException {
    if (!files.isDirectory(target)) {
      return false;
    }
    try {
      reader.verify(target);
    } catch (CorruptCheckpointException e) {
      return true;
    }
    throw new CheckpointExistsException(target);
  }

  private void setAside(Path target) throws IOException {
    int k = 1;
    Path aside = target.resolveSibling(target.getFileName() + ".damaged-" + k);
    while (files.isDirectory(aside)) {
      k++;
      aside = target.resolveSibling(target.getFileName() + ".damaged-" + k);
    }
    files.moveAtomically(target, aside);
    listener.report(
        Kind.DAMAGED_SET_ASIDE, target, "damaged checkpoint renamed to " + aside.getFileName());
  }

  private void requireSpace(long expectedBytes) throws IOException {
    long wanted = Math.addExact(expectedBytes, SPARE_BYTES);
    long found = files.usableSpace(root);
    if (found < wanted) {
      throw DiskFullException.expected(root, wanted, found);
    }
  }

  private void fill(Path temporary, long step, CheckpointWriter writer) throws IOException {
    CheckpointFolder folder = new CheckpointFolder(files, temporary);
    writer.write(folder);
    CheckpointManifest manifest =
        new CheckpointManifest(step, clock.instant(), product, folder.finish(), folder.facts());
    Path path = temporary.resolve(CheckpointManifest.FILE_NAME);
    try (OutputStream out = files.create(path)) {
      out.write(ManifestJson.write(manifest));
    }
    files.sync(path);
    files.syncDirectory(temporary);
  }

  private void discard(Path temporary, Throwable cause) {
    if (!files.isDirectory(temporary)) {
      return;
    }
    try {
      cleaner.deleteFolder(temporary);
    } catch (IOException e) {
      listener.report(Kind.DELETE_FAILED, temporary, "unfinished checkpoint not deleted: " + e);
      cause.addSuppressed(e);
    }
  }

  private static void requireAtLeast(String name, long found, long least) {
    if (found < least) {
      throw new IllegalArgumentException(
          "%s: found %d, wanted %d or more".formatted(name, found, least));
    }
  }

  /** Options of a store; all have defaults. */
  public static final class Builder {
    private final Path runDir;
    private String product = "unknown";
    private FileOps files = FileOps.system();
    private CheckpointListener listener = CheckpointListener.logging();
    private Clock clock = Clock.systemUTC();

    private Builder(Path runDir) {
      this.runDir = runDir;
    }

    /** The version of the program, for the manifest. Default "unknown". */
    public Builder product(String version) {
      product = version;
      return this;
    }

    /** Where findings go. Default: the system logger. */
    public Builder listener(CheckpointListener listener) {
      this.listener = listener;
      return this;
    }

    /** The file operations. Default: the system's. */
    public Builder fileOps(FileOps files) {
      this.files = files;
      return this;
    }

    /** The clock of the manifest's creation time. Default: the system's. */
    public Builder clock(Clock clock) {
      this.clock = clock;
      return this;
    }

    public CheckpointStore build() {
      return new CheckpointStore(this);
    }
  }
}

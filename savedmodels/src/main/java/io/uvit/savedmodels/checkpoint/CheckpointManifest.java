package io.uvit.savedmodels.checkpoint;

import java.time.Instant;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a checkpoint folder holds, as {@code manifest.json} says it.
 *
 * @param step finished training steps, >= 0
 * @param created when the checkpoint was written
 * @param product the version of the program that wrote it
 * @param files every file of the checkpoint but the manifest, by plain file name
 * @param facts free facts about the run (seed, dataset digest, images seen, ...)
 */
public record CheckpointManifest(
    long step,
    Instant created,
    String product,
    SortedMap<String, Entry> files,
    SortedMap<String, String> facts) {

  /** The manifest's own file name. */
  public static final String FILE_NAME = "manifest.json";

  /** The format version this program writes and reads. */
  public static final int VERSION = 1;

  /**
   * One file.
   *
   * @param bytes its size
   * @param sha256 64 lower-case hexadecimal digits
   */
  public record Entry(long bytes, String sha256) {}

  public CheckpointManifest {
    files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
    facts = Collections.unmodifiableSortedMap(new TreeMap<>(facts));
  }

  /** The size of all files together, without the manifest. */
  public long totalBytes() {
    return files.values().stream().mapToLong(Entry::bytes).sum();
  }
}

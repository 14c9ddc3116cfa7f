package io.uvit.runner.features;

import io.uvit.savedmodels.checkpoint.AtomicFiles;
import io.uvit.savedmodels.checkpoint.FileOps;
import io.uvit.savedmodels.checkpoint.UnwritableFolderException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Writes a store shard by shard, in any order, by any number of processes on any number of
 * machines. A shard is there once its record is; until then it counts as missing, whatever a killed
 * process left of it. What a shard holds is a function of its items, so folders written apart may
 * be copied together, and a shard written twice stays as it was the first time.
 *
 * <p>Resources: none are held between calls; a {@link ShardWriter} holds two open files.
 */
public final class FeatureStoreWriter {
  private final Path folder;
  private final FeatureManifest manifest;

  private FeatureStoreWriter(Path folder, FeatureManifest manifest) {
    this.folder = folder;
    this.manifest = manifest;
  }

  /**
   * Begins a store, or goes on with one of the same plan. Leftovers of killed processes are
   * deleted.
   *
   * @param folder created if absent
   * @throws FeatureException if the folder has a manifest that contradicts this one, naming the
   *     field, or a damaged one
   * @throws UnwritableFolderException if the folder cannot be made or written in
   */
  public static FeatureStoreWriter open(Path folder, FeatureManifest manifest) throws IOException {
    try {
      Files.createDirectories(folder);
    } catch (FileSystemException e) {
      throw new UnwritableFolderException(folder, e);
    }
    try (StoreLock lock = StoreLock.acquire(folder)) {
      lock.requireHeld();
      ShardFile.deleteLeftovers(folder);
      Path file = folder.resolve(FeatureManifest.FILE_NAME);
      if (Files.exists(file)) {
        FeatureManifest.read(folder).requireSame(folder, manifest);
      } else {
        AtomicFiles.write(file, manifest.encode());
      }
    }
    return new FeatureStoreWriter(folder, manifest);
  }

  /** The store's folder. */
  public Path folder() {
    return folder;
  }

  /** What the store is going to hold. */
  public FeatureManifest manifest() {
    return manifest;
  }

  /**
   * The shards that are not there yet, ascending.
   *
   * @throws FeatureException if one that is there is damaged
   */
  public List<Integer> missing() throws IOException {
    List<Integer> missing = new ArrayList<>();
    for (int shard = 0; shard < manifest.shards(); shard++) {
      if (record(shard).isEmpty()) {
        missing.add(shard);
      }
    }
    return missing;
  }

  /**
   * Statistics over the shards that are there; empty if there are none.
   *
   * @throws FeatureException if one is damaged
   */
  public Optional<LatentStatistics> statistics() throws IOException {
    ChannelSums sums = new ChannelSums(manifest.shape());
    long items = 0;
    for (int shard = 0; shard < manifest.shards(); shard++) {
      Optional<ShardRecord> record = record(shard);
      if (record.isPresent()) {
        sums.add(record.get().sums());
        items += record.get().items();
      }
    }
    return items == 0
        ? Optional.empty()
        : Optional.of(LatentStatistics.of(manifest.shape(), items, sums));
  }

  private Optional<ShardRecord> record(int shard) throws IOException {
    try {
      return Optional.of(ShardRecord.read(folder, manifest, shard));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (FeatureException e) {
      throw new FeatureException(
          e.getMessage()
              + "; delete "
              + ShardRecord.recordFile(folder, shard)
              + " to have the shard written anew",
          e);
    }
  }

  /**
   * Begins a shard.
   *
   * @throws IndexOutOfBoundsException if the store has no such shard
   */
  public ShardWriter begin(int shard) throws IOException {
    return new ShardWriter(this, Objects.checkIndex(shard, manifest.shards()));
  }

  /** Gives a finished shard its place, unless it is there already. */
  boolean publish(ShardFile moments, ShardFile labels, ShardRecord shard) throws IOException {
    try (StoreLock lock = StoreLock.acquire(folder)) {
      lock.requireHeld();
      if (record(shard.shard()).isPresent()) {
        return false;
      }
      moments.publish();
      labels.publish();
      FileOps.system().syncDirectory(folder);
      AtomicFiles.write(ShardRecord.recordFile(folder, shard.shard()), shard.encode());
      return true;
    }
  }
}

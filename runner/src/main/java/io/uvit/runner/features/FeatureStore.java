package io.uvit.runner.features;

import io.uvit.savedmodels.weights.DataType;
import io.uvit.savedmodels.weights.NpyFile;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.WeightFileException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A whole store of features in the program's own format, read through memory-mapped shards.
 *
 * <p>Opening reads the manifest, the records of all shards and the labels, and checks that every
 * file is there in its size; labels are checked against their checksum at once. The moments of a
 * shard are checked as {@link Verification} says. Closing lets the mappings go to the garbage
 * collector.
 */
public final class FeatureStore implements FeatureSource {
  private static final int NAMED_MISSING = 5;

  /** When the moments of a shard are held against their SHA-256. */
  public enum Verification {
    /** When an item of the shard is read for the first time: every byte is read once more. */
    ON_FIRST_TOUCH,
    /** Only by {@link FeatureStore#verify}. */
    ON_REQUEST
  }

  private final Path folder;
  private final FeatureManifest manifest;
  private final List<ShardRecord> shards;
  private final int[] labels;
  private final Verification verification;
  private final AtomicReferenceArray<ByteBuffer> mapped;
  private volatile boolean closed;

  private FeatureStore(
      Path folder,
      FeatureManifest manifest,
      List<ShardRecord> shards,
      int[] labels,
      Verification verification) {
    this.folder = folder;
    this.manifest = manifest;
    this.shards = List.copyOf(shards);
    this.labels = labels;
    this.verification = verification;
    this.mapped = new AtomicReferenceArray<>(shards.size());
  }

  /**
   * Opens a store all of whose shards are there.
   *
   * @throws FeatureException if a shard is missing, naming it, or something is damaged
   */
  public static FeatureStore open(Path folder, Verification verification) throws FeatureException {
    try {
      FeatureManifest manifest = FeatureManifest.read(folder);
      List<ShardRecord> shards = records(folder, manifest);
      return new FeatureStore(
          folder, manifest, shards, labels(folder, manifest, shards), verification);
    } catch (FeatureException e) {
      throw e;
    } catch (IOException | WeightFileException e) {
      throw new FeatureException(folder + ": cannot be read: " + e, e);
    }
  }

  /** Whether a folder has the manifest of a store. */
  static boolean isStore(Path folder) {
    return Files.isRegularFile(folder.resolve(FeatureManifest.FILE_NAME));
  }

  private static List<ShardRecord> records(Path folder, FeatureManifest manifest)
      throws IOException {
    List<ShardRecord> records = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    for (int shard = 0; shard < manifest.shards(); shard++) {
      try {
        records.add(ShardRecord.read(folder, manifest, shard));
      } catch (NoSuchFileException e) {
        missing.add(Integer.toString(shard));
      }
    }
    if (!missing.isEmpty()) {
      throw new FeatureException(
          "%s: found %d of %d shards, missing %s%s; the encoding that was begun has to be finished"
              .formatted(
                  folder,
                  records.size(),
                  manifest.shards(),
                  String.join(", ", missing.subList(0, Math.min(NAMED_MISSING, missing.size()))),
                  missing.size() > NAMED_MISSING ? ", ..." : ""));
    }
    return records;
  }

  private static int[] labels(Path folder, FeatureManifest manifest, List<ShardRecord> shards)
      throws IOException {
    int[] labels = new int[manifest.items()];
    int classes = manifest.classes().size();
    for (ShardRecord shard : shards) {
      Path file = ShardRecord.labelsFile(folder, shard.shard());
      requireDigest(file, shard.labelsSha256());
      ByteBuffer data = data(file, DataType.I32, ShardFile.labelsShape(shard.items()));
      int first = manifest.firstItem(shard.shard());
      data.asIntBuffer().get(labels, first, shard.items());
      for (int i = first; i < first + shard.items(); i++) {
        if (classes == 0 ? labels[i] != -1 : labels[i] < 0 || labels[i] >= classes) {
          throw FeatureException.wrong(
              file + ", item " + i,
              "label " + labels[i],
              classes == 0 ? "-1 without classes" : "0 to " + (classes - 1));
        }
      }
    }
    return labels;
  }

  /** The elements of an array of known type and shape: a mapping, or a copy where it is small. */
  private static ByteBuffer data(Path file, DataType type, List<Long> shape)
      throws FeatureException {
    try (NpyFile array = NpyFile.open(file)) {
      if (array.entry().type() != type || !array.entry().shape().equals(shape)) {
        throw FeatureException.wrong(
            file, array.entry().type() + " " + array.entry().shape(), type + " " + shape);
      }
      return array.bytes(TensorFile.SOLE_NAME);
    } catch (WeightFileException e) {
      throw new FeatureException(e.getMessage(), e);
    }
  }

  private static void requireDigest(Path file, String wanted) throws FeatureException {
    try {
      String found = Sha256.ofFile(file);
      if (!found.equals(wanted)) {
        throw FeatureException.wrong(file + ", SHA-256", found, wanted + ": the file is damaged");
      }
    } catch (FeatureException e) {
      throw e;
    } catch (IOException e) {
      throw new FeatureException(file + ": cannot be read: " + e, e);
    }
  }

  /** What the store says of itself. */
  public FeatureManifest manifest() {
    return manifest;
  }

  /** Statistics over all items. */
  public LatentStatistics statistics() {
    ChannelSums sums = new ChannelSums(manifest.shape());
    shards.forEach(shard -> sums.add(shard.sums()));
    return LatentStatistics.of(manifest.shape(), manifest.items(), sums);
  }

  /**
   * Reads every file and holds it against its checksum.
   *
   * @throws FeatureException naming the first file that is damaged
   */
  public void verify() throws FeatureException {
    for (ShardRecord shard : shards) {
      requireDigest(ShardRecord.momentsFile(folder, shard.shard()), shard.momentsSha256());
      requireDigest(ShardRecord.labelsFile(folder, shard.shard()), shard.labelsSha256());
    }
  }

  @Override
  public Path path() {
    return folder;
  }

  @Override
  public FeatureShape shape() {
    return manifest.shape();
  }

  @Override
  public int size() {
    return manifest.items();
  }

  @Override
  public boolean labelled() {
    return !manifest.classes().isEmpty();
  }

  @Override
  public List<String> classNames() {
    return manifest.classes();
  }

  @Override
  public int label(int index) {
    if (!labelled()) {
      throw new IllegalStateException(folder + " has no labels");
    }
    return labels[index];
  }

  @Override
  public void read(int index, byte[] into) throws FeatureException {
    int shard = index / manifest.itemsPerShard();
    int bytes = manifest.shape().bytes();
    shard(shard).get((index - manifest.firstItem(shard)) * bytes, into, 0, bytes);
  }

  private ByteBuffer shard(int number) throws FeatureException {
    if (closed) {
      throw new IllegalStateException(folder + " is closed");
    }
    ByteBuffer data = mapped.get(number);
    if (data != null) {
      return data;
    }
    ShardRecord record = shards.get(number);
    synchronized (record) {
      data = mapped.get(number);
      if (data == null) {
        Path file = ShardRecord.momentsFile(folder, number);
        if (verification == Verification.ON_FIRST_TOUCH) {
          requireDigest(file, record.momentsSha256());
        }
        data = data(file, DataType.F32, ShardFile.momentsShape(shape(), record.items()));
        mapped.set(number, data);
      }
    }
    return data;
  }

  @Override
  public String describe(int index) {
    int shard = index / manifest.itemsPerShard();
    return ShardRecord.momentsFile(folder, shard) + ", item " + (index - manifest.firstItem(shard));
  }

  @Override
  public long storedBytes() {
    long bytes = 0;
    for (ShardRecord shard : shards) {
      bytes +=
          ShardFile.momentsBytes(shape(), shard.items()) + ShardFile.labelsBytes(shard.items());
    }
    return bytes;
  }

  /** Over the manifest and the checksums of all shards, so over the contents too. */
  @Override
  public String digest() {
    MessageDigest digest = Sha256.start();
    Sha256.add(digest, manifest.identity() + "\n");
    shards.forEach(
        shard -> Sha256.add(digest, shard.momentsSha256() + " " + shard.labelsSha256() + "\n"));
    return Sha256.hex(digest);
  }

  @Override
  public void close() {
    closed = true;
    for (int shard = 0; shard < mapped.length(); shard++) {
      mapped.set(shard, null);
    }
  }
}

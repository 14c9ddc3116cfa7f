package io.uvit.runner.data;

import io.uvit.config.v1.BadImagePolicy;
import io.uvit.runner.image.ByteImage;
import io.uvit.runner.image.ImageShape;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A source with its pre-processing, its policy for unreadable images and a cache.
 *
 * <p>Pre-processed images are kept as unsigned bytes once decoded, if all of them together take at
 * most 512 MB and a quarter of the heap; otherwise each is decoded every epoch. Images that are in
 * memory uncompressed and need no resizing are not kept twice.
 *
 * <p>Whether an item counts as unreadable depends on its bytes alone: a file that cannot be opened
 * or read is an error whatever the policy, since the same run might read it tomorrow.
 */
final class PreparedDataset implements Dataset {
  private static final System.Logger LOG = System.getLogger(PreparedDataset.class.getName());
  private static final long MAX_CACHE_BYTES = 512L << 20;

  private final ImageSource source;
  private final Preprocessing preprocessing;
  private final BadImagePolicy policy;
  private final Set<Integer> skipped = ConcurrentHashMap.newKeySet();
  private final AtomicReferenceArray<byte[]> cache;

  PreparedDataset(ImageSource source, Preprocessing preprocessing, BadImagePolicy policy) {
    this.source = source;
    this.preprocessing = preprocessing;
    this.policy = policy;
    this.cache = worthCaching() ? new AtomicReferenceArray<>(source.size()) : null;
  }

  private boolean worthCaching() {
    long bytes = (long) source.size() * preprocessing.target().samples();
    boolean copyOnly = source.raw().isPresent() && preprocessing.keepsImage();
    return !copyOnly && bytes <= Math.min(MAX_CACHE_BYTES, Runtime.getRuntime().maxMemory() / 4);
  }

  @Override
  public ItemFormat format() {
    return new ItemFormat.Pixels(preprocessing.target());
  }

  @Override
  public ImageShape shape() {
    return preprocessing.target();
  }

  @Override
  public int size() {
    return source.size();
  }

  @Override
  public List<String> classNames() {
    return source.classNames();
  }

  @Override
  public int label(int index) {
    if (numClasses() == 0) {
      throw new IllegalStateException(source.name() + " has no labels");
    }
    return source.label(index);
  }

  @Override
  public boolean read(int index, byte[] into) throws DataException {
    byte[] image = cache == null ? null : cache.get(index);
    if (image == null) {
      if (skipped.contains(index)) {
        return false;
      }
      try {
        image = prepare(index);
      } catch (BadImageException e) {
        skip(index, e);
        return false;
      }
      if (cache != null) {
        cache.set(index, image);
      }
    }
    System.arraycopy(image, 0, into, 0, image.length);
    return true;
  }

  private byte[] prepare(int index) throws DataException {
    ByteImage image = source.decode(index, shape().channels());
    try {
      return preprocessing.apply(image).samples();
    } catch (IllegalArgumentException e) {
      throw new DataException(describe(index) + ": " + e.getMessage(), e);
    }
  }

  private void skip(int index, BadImageException problem) throws BadImageException {
    if (policy != BadImagePolicy.SKIP) {
      throw problem;
    }
    if (skipped.add(index)) {
      LOG.log(Level.WARNING, "skipped: {0}", problem.getMessage());
    }
  }

  @Override
  public String describe(int index) {
    return source.describe(index);
  }

  @Override
  public String digest() {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      classNames().forEach(name -> sha.update((name + "\n").getBytes(StandardCharsets.UTF_8)));
      for (int i = 0; i < size(); i++) {
        String label = numClasses() == 0 ? "" : Integer.toString(label(i));
        String line = source.digestName(i) + "\0" + source.storedBytes(i) + "\0" + label + "\n";
        sha.update(line.getBytes(StandardCharsets.UTF_8));
      }
      return HexFormat.of().formatHex(sha.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  @Override
  public DataSummary summary() {
    long bytes = 0;
    for (int i = 0; i < size(); i++) {
      bytes += source.storedBytes(i);
    }
    return new DataSummary(
        source.name(), format(), size(), numClasses(), bytes, skipped.size(), source.ignored());
  }

  @Override
  public void close() throws DataException {
    source.close();
  }
}

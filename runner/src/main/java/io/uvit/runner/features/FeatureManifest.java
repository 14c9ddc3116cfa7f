package io.uvit.runner.features;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * What a store of features holds or is going to hold: {@code manifest.json}. With mirrored images
 * item 2 i is image i and item 2 i + 1 its mirror image; otherwise item i is image i.
 *
 * @param items number of items, at least 1; even if mirrored
 * @param shape of an item
 * @param itemsPerShard items of every shard but the last, at least 1; even if mirrored
 * @param mirrored whether each image is followed by its mirror image
 * @param classes name of each class, by label; empty if unlabelled (labels are then -1)
 * @param preprocessing how images were brought to the size the autoencoder reads
 * @param source digest of the images
 * @param autoencoder digest of the autoencoder's weights
 * @param autoencoderText what to call the autoencoder; the one field that two requests for the same
 *     store may differ in
 */
public record FeatureManifest(
    int items,
    FeatureShape shape,
    int itemsPerShard,
    boolean mirrored,
    List<String> classes,
    String preprocessing,
    String source,
    String autoencoder,
    String autoencoderText) {
  /** The manifest's own file name. */
  public static final String FILE_NAME = "manifest.json";

  /** The format version this program writes and reads. */
  public static final int VERSION = 1;

  /** Bytes of moments that a shard has by default, about. */
  public static final long DEFAULT_SHARD_BYTES = 64L << 20;

  private static final String FORMAT = "uvit-features";

  /** Room for a numpy header before the moments of a shard in one 2 GiB file. */
  private static final int HEADER = 1 << 10;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException naming the field, what was found and what was wanted
   */
  public FeatureManifest {
    Objects.requireNonNull(shape, "shape");
    Objects.requireNonNull(preprocessing, "preprocessing");
    Objects.requireNonNull(source, "source");
    Objects.requireNonNull(autoencoder, "autoencoder");
    Objects.requireNonNull(autoencoderText, "autoencoderText");
    classes = List.copyOf(classes);
    whole("items", items, mirrored);
    whole("items_per_shard", itemsPerShard, mirrored);
    if ((long) itemsPerShard * shape.bytes() > Integer.MAX_VALUE - HEADER) {
      throw new IllegalArgumentException(
          "items_per_shard: found %d, wanted at most %d: a shard has less than 2 GiB"
              .formatted(itemsPerShard, (Integer.MAX_VALUE - HEADER) / shape.bytes()));
    }
  }

  private static void whole(String field, int found, boolean mirrored) {
    if (found < 1 || (mirrored && found % 2 != 0)) {
      throw new IllegalArgumentException(
          field + ": found " + found + ", wanted at least 1" + (mirrored ? " and even" : ""));
    }
  }

  /** Items of a shard of about {@link #DEFAULT_SHARD_BYTES}: even, at least 2. */
  public static int defaultItemsPerShard(FeatureShape shape) {
    return (int) Math.max(1, DEFAULT_SHARD_BYTES / shape.bytes() / 2) * 2;
  }

  /** Items of an image: 2 if mirrored, else 1. */
  public int views() {
    return mirrored ? 2 : 1;
  }

  /** Number of shards. */
  public int shards() {
    return (int) (((long) items + itemsPerShard - 1) / itemsPerShard);
  }

  /** Number of the first item of a shard. */
  public int firstItem(int shard) {
    return shard * itemsPerShard;
  }

  /** Number of items of a shard. */
  public int itemsOf(int shard) {
    return Math.min(itemsPerShard, items - firstItem(shard));
  }

  /**
   * Holds another manifest against this one, which a store has already.
   *
   * @throws FeatureException naming the first field that differs
   */
  void requireSame(Path store, FeatureManifest wanted) throws FeatureException {
    same(store, "items", items, wanted.items);
    same(store, "shape", shape, wanted.shape);
    same(store, "items_per_shard", itemsPerShard, wanted.itemsPerShard);
    same(store, "mirrored", mirrored, wanted.mirrored);
    same(store, "classes", classes, wanted.classes);
    same(store, "preprocessing", preprocessing, wanted.preprocessing);
    same(store, "source", source, wanted.source);
    same(store, "autoencoder", autoencoder, wanted.autoencoder);
  }

  private static void same(Path store, String field, Object found, Object wanted)
      throws FeatureException {
    if (!found.equals(wanted)) {
      throw FeatureException.wrong(
          store.resolve(FILE_NAME) + ", " + field,
          shortened(found),
          shortened(wanted) + " as this run would have it; another --out starts another store");
    }
  }

  private static String shortened(Object value) {
    String text = value.toString();
    return text.length() > 200 ? text.substring(0, 200) + "..." : text;
  }

  /** Ties shards to this manifest: the checksum of all that must agree. */
  String identity() {
    JsonObject json = json();
    json.remove("autoencoder_text");
    return SealedJson.checksum(json);
  }

  byte[] encode() {
    return SealedJson.encode(json());
  }

  private JsonObject json() {
    JsonObject json = new JsonObject();
    json.addProperty("format", FORMAT);
    json.addProperty("version", VERSION);
    json.addProperty("items", items);
    JsonArray sides = new JsonArray();
    sides.add(shape.height());
    sides.add(shape.width());
    sides.add(shape.channels());
    json.add("shape", sides);
    json.addProperty("posterior", shape.posterior().text());
    json.addProperty("items_per_shard", itemsPerShard);
    json.addProperty("mirrored", mirrored);
    json.addProperty("preprocessing", preprocessing);
    json.addProperty("source", source);
    json.addProperty("autoencoder", autoencoder);
    json.addProperty("autoencoder_text", autoencoderText);
    JsonArray names = new JsonArray();
    classes.forEach(names::add);
    json.add("classes", names);
    return json;
  }

  /**
   * Reads the manifest of a store.
   *
   * @throws FeatureException if it is damaged or of another version
   */
  static FeatureManifest read(Path store) throws IOException {
    Path path = store.resolve(FILE_NAME);
    SealedJson json = SealedJson.read(path, FORMAT, VERSION);
    List<Long> sides = json.wholes("shape");
    if (sides.size() != 3 || sides.stream().anyMatch(side -> side > FeatureShape.MAX_VALUES)) {
      throw FeatureException.wrong(path + ", shape", sides.toString(), "[height, width, channels]");
    }
    String posterior = json.text("posterior");
    Posterior kind =
        Posterior.of(posterior)
            .orElseThrow(
                () ->
                    FeatureException.wrong(
                        path + ", posterior", posterior, "gaussian or deterministic"));
    try {
      return new FeatureManifest(
          json.count("items"),
          new FeatureShape(
              sides.get(0).intValue(), sides.get(1).intValue(), sides.get(2).intValue(), kind),
          json.count("items_per_shard"),
          json.flag("mirrored"),
          json.texts("classes"),
          json.text("preprocessing"),
          json.text("source"),
          json.text("autoencoder"),
          json.text("autoencoder_text"));
    } catch (IllegalArgumentException e) {
      throw new FeatureException(path + ": " + e.getMessage(), e);
    }
  }
}

package io.uvit.runner.features;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;

/**
 * What {@code shard-NNNNN.json} says of a shard. It is written last: with it the shard is there.
 *
 * @param shard its number
 * @param items its number of items
 * @param manifest {@link FeatureManifest#identity} of the store
 * @param momentsSha256 of {@code moments-NNNNN.npy}
 * @param labelsSha256 of {@code labels-NNNNN.npy}
 * @param sums over its items
 */
record ShardRecord(
    int shard,
    int items,
    String manifest,
    String momentsSha256,
    String labelsSha256,
    ChannelSums sums) {
  private static final String FORMAT = "uvit-features-shard";

  /** 17 digits give every double back. */
  private static final MathContext DIGITS = new MathContext(17);

  static Path recordFile(Path store, int shard) {
    return store.resolve(name("shard", shard, "json"));
  }

  static Path momentsFile(Path store, int shard) {
    return store.resolve(name("moments", shard, "npy"));
  }

  static Path labelsFile(Path store, int shard) {
    return store.resolve(name("labels", shard, "npy"));
  }

  private static String name(String kind, int shard, String extension) {
    return String.format(Locale.ROOT, "%s-%05d.%s", kind, shard, extension);
  }

  byte[] encode() {
    JsonObject json = new JsonObject();
    json.addProperty("format", FORMAT);
    json.addProperty("version", FeatureManifest.VERSION);
    json.addProperty("shard", shard);
    json.addProperty("items", items);
    json.addProperty("manifest", manifest);
    json.addProperty("moments_sha256", momentsSha256);
    json.addProperty("labels_sha256", labelsSha256);
    json.add("sum", numbers(sums.sum()));
    json.add("sum_of_squares", numbers(sums.squares()));
    json.add("sum_of_variances", numbers(sums.variances()));
    return SealedJson.encode(json);
  }

  /** By BigDecimal, as the text of a double differs between versions of Java. */
  private static JsonArray numbers(double[] values) {
    JsonArray array = new JsonArray();
    for (double value : values) {
      array.add(new BigDecimal(value, DIGITS));
    }
    return array;
  }

  /**
   * Reads the record of a shard of a store.
   *
   * @throws NoSuchFileException if there is none
   * @throws FeatureException if it is damaged, belongs to another store, or the files of the shard
   *     do not have the size they should
   */
  static ShardRecord read(Path store, FeatureManifest manifest, int shard) throws IOException {
    Path path = recordFile(store, shard);
    SealedJson json = SealedJson.read(path, FORMAT, FeatureManifest.VERSION);
    json.require("shard", Integer.toString(json.count("shard")), Integer.toString(shard));
    json.require("manifest", json.text("manifest"), manifest.identity());
    int items = manifest.itemsOf(shard);
    json.require("items", Integer.toString(json.count("items")), Integer.toString(items));
    int channels = manifest.shape().latentChannels();
    ChannelSums sums =
        new ChannelSums(
            manifest.shape(),
            json.doubles("sum", channels),
            json.doubles("sum_of_squares", channels),
            json.doubles("sum_of_variances", channels));
    requireSize(momentsFile(store, shard), ShardFile.momentsBytes(manifest.shape(), items));
    requireSize(labelsFile(store, shard), ShardFile.labelsBytes(items));
    return new ShardRecord(
        shard,
        items,
        json.text("manifest"),
        json.text("moments_sha256"),
        json.text("labels_sha256"),
        sums);
  }

  private static void requireSize(Path file, long wanted) throws IOException {
    if (!Files.exists(file)) {
      throw new FeatureException(file + ": is missing, though the shard's record is there");
    }
    long found = Files.size(file);
    if (found != wanted) {
      throw FeatureException.wrong(file, found + " bytes", Long.toString(wanted));
    }
  }
}

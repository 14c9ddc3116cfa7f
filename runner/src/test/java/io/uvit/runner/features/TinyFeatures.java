package io.uvit.runner.features;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;

/** Small stores whose items are functions of their numbers. */
public final class TinyFeatures {
  /** 2x3 positions, 2 latent channels. */
  public static final FeatureShape SHAPE = new FeatureShape(2, 3, 4, Posterior.GAUSSIAN);

  private TinyFeatures() {}

  /** A plan of {@code items} items of three classes, six a shard. */
  public static FeatureManifest manifest(int items) {
    return new FeatureManifest(
        items,
        SHAPE,
        6,
        true,
        List.of("ant", "bee", "cat"),
        "ADM_CENTER_CROP 16x24",
        "images",
        "weights",
        "an autoencoder");
  }

  /** The values of an item. */
  public static float[] item(int index) {
    SplittableRandom random = new SplittableRandom(index);
    float[] values = new float[SHAPE.values()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextDouble() * 4 - 2);
    }
    return values;
  }

  /** The label of an item: that of its image. */
  public static int label(int index) {
    return index / 2 % 3;
  }

  /** Writes one shard. */
  public static boolean writeShard(FeatureStoreWriter writer, int shard) throws IOException {
    try (ShardWriter out = writer.begin(shard)) {
      for (int i = 0; i < writer.manifest().itemsOf(shard); i++) {
        out.add(item(out.nextItem()), 0, label(out.nextItem()));
      }
      return out.commit();
    }
  }

  /** Writes a whole store. */
  public static void write(Path folder, int items) throws IOException {
    FeatureStoreWriter writer = FeatureStoreWriter.open(folder, manifest(items));
    for (int shard : writer.missing()) {
      writeShard(writer, shard);
    }
  }
}

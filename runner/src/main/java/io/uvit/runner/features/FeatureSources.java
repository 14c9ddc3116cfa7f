package io.uvit.runner.features;

import java.nio.file.Files;
import java.nio.file.Path;

/** Opens features of any supported layout. */
public final class FeatureSources {
  private FeatureSources() {}

  /**
   * Opens a folder as the layout it has: with {@code manifest.json} the program's own store, whose
   * shards are held against their checksums when they are first touched.
   *
   * @throws FeatureException if the folder is missing, of no such layout, incomplete or damaged
   */
  public static FeatureSource open(Path folder) throws FeatureException {
    if (!Files.isDirectory(folder)) {
      throw new FeatureException(folder + ": no such folder");
    }
    if (FeatureStore.isStore(folder)) {
      return FeatureStore.open(folder, FeatureStore.Verification.ON_FIRST_TOUCH);
    }
    throw FeatureException.wrong(folder, "no manifest.json", "a store of features");
  }
}

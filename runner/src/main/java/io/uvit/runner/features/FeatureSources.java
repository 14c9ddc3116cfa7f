package io.uvit.runner.features;

import java.nio.file.Files;
import java.nio.file.Path;

/** Opens features of any supported layout. */
public final class FeatureSources {
  private FeatureSources() {}

  /**
   * Opens a folder as the layout it has:
   *
   * <ul>
   *   <li>with {@code manifest.json} the program's own store, whose shards are held against their
   *       checksums when they are first touched;
   *   <li>with files {@code {i}.npy} and {@code {i}_{k}.npy} the official MS-COCO layout;
   *   <li>with files {@code {i}.npy} alone the official ImageNet layout;
   *   <li>with neither, but with a folder {@code train}, what lies in that.
   * </ul>
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
    Path train = folder.resolve("train");
    boolean inside = !NumberedFiles.areIn(folder) && NumberedFiles.areIn(train);
    NumberedFiles files = NumberedFiles.list(inside ? train : folder);
    return files.hasCaptions() ? CocoFeatures.open(files) : ImageNetFeatures.open(files);
  }
}

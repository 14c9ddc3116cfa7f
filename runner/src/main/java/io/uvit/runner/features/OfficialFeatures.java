package io.uvit.runner.features;

import java.nio.file.Path;
import java.util.List;

/** What the two official layouts, one numbered file for each item, have in common. */
abstract class OfficialFeatures implements FeatureSource {
  private final NumberedFiles files;
  private final FeatureShape shape;

  /**
   * @param shape of the first item's moments
   */
  OfficialFeatures(NumberedFiles files, FeatureShape shape) {
    this.files = files;
    this.shape = shape;
  }

  final NumberedFiles files() {
    return files;
  }

  @Override
  public final Path path() {
    return files.folder();
  }

  @Override
  public final FeatureShape shape() {
    return shape;
  }

  @Override
  public final int size() {
    return files.size();
  }

  @Override
  public final List<String> classNames() {
    return List.of();
  }

  @Override
  public final String describe(int index) {
    return files.item(index).toString();
  }

  @Override
  public final long storedBytes() throws FeatureException {
    return files.storedBytes();
  }

  @Override
  public final void close() {}
}

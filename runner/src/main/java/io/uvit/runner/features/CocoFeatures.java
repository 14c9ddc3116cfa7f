package io.uvit.runner.features;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The official MS-COCO layout (scripts/extract_mscoco_feature.py): {@code {i}.npy} holds moments
 * float32 [8, h, w], {@code {i}_{k}.npy} the contexts of the item's captions.
 */
final class CocoFeatures extends OfficialFeatures {
  private final CocoTexts texts;

  private CocoFeatures(NumberedFiles files, FeatureShape shape, CocoTexts texts) {
    super(files, shape);
    this.texts = texts;
  }

  static CocoFeatures open(NumberedFiles files) throws FeatureException {
    Path first = files.item(0);
    FeatureShape shape = OfficialArrays.shape(first, OfficialArrays.read(first).shape());
    return new CocoFeatures(files, shape, CocoTexts.open(files));
  }

  @Override
  public boolean labelled() {
    return false;
  }

  @Override
  public int label(int index) {
    throw new IllegalStateException(path() + " has no labels");
  }

  @Override
  public void read(int index, byte[] into) throws FeatureException {
    Path file = files().item(index);
    OfficialArrays.Floats array = OfficialArrays.read(file);
    OfficialArrays.requireShape(file, array.shape(), shape());
    OfficialArrays.channelsLast(array.values().get(), shape(), into);
  }

  @Override
  public Optional<TextContexts> texts() {
    return Optional.of(texts);
  }

  /** Over the files of the items and the content of the empty text's context. */
  @Override
  public String digest() throws FeatureException {
    return Sha256.ofText(files().digest() + "\n" + texts.digestOfEmpty() + "\n");
  }
}

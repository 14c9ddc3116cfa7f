package io.uvit.runner.features;

import io.uvit.savedmodels.weights.NpyObjects;
import io.uvit.savedmodels.weights.NpyValue;
import io.uvit.savedmodels.weights.WeightFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * The official ImageNet layout (scripts/extract_imagenet_feature.py): {@code {i}.npy} holds the
 * pickled pair (moments float32 [8, h, w], label). Labels are known once an item is read.
 */
final class ImageNetFeatures extends OfficialFeatures {
  private static final int UNKNOWN = -1;

  /** Written by any thread, always with the same value. */
  private final int[] labels;

  private ImageNetFeatures(NumberedFiles files, FeatureShape shape) {
    super(files, shape);
    this.labels = new int[files.size()];
    Arrays.fill(labels, UNKNOWN);
  }

  static ImageNetFeatures open(NumberedFiles files) throws FeatureException {
    Path first = files.item(0);
    return new ImageNetFeatures(
        files, OfficialArrays.shape(first, moments(first, objects(first)).shape()));
  }

  private static List<Object> objects(Path file) throws FeatureException {
    try {
      List<Object> pair = NpyObjects.read(file, OfficialArrays.MAX_BYTES);
      if (pair.size() != 2) {
        throw FeatureException.wrong(file, pair.size() + " objects", "moments and a label");
      }
      return pair;
    } catch (WeightFileException e) {
      throw new FeatureException(e.getMessage(), e);
    }
  }

  private static NpyValue moments(Path file, List<Object> pair) throws FeatureException {
    if (!(pair.get(0) instanceof NpyValue moments)) {
      throw FeatureException.wrong(file + ", moments", "no array", "an array of float32");
    }
    OfficialArrays.requireFloat32(file, moments.type());
    return moments;
  }

  private static int label(Path file, Object value) throws FeatureException {
    Object found = value;
    if (value instanceof NpyValue array) {
      boolean one = array.type().isInteger() && array.shape().isEmpty();
      found = one ? (Object) array.longs()[0] : "an array of " + array.type();
    }
    if (found instanceof Long number && number >= 0 && number <= Integer.MAX_VALUE) {
      return number.intValue();
    }
    throw FeatureException.wrong(file + ", label", String.valueOf(found), "a whole number from 0");
  }

  @Override
  public boolean labelled() {
    return true;
  }

  @Override
  public int label(int index) throws FeatureException {
    if (labels[index] == UNKNOWN) {
      Path file = files().item(index);
      labels[index] = label(file, objects(file).get(1));
    }
    return labels[index];
  }

  @Override
  public void read(int index, byte[] into) throws FeatureException {
    Path file = files().item(index);
    List<Object> pair = objects(file);
    NpyValue moments = moments(file, pair);
    OfficialArrays.requireShape(file, moments.shape(), shape());
    labels[index] = label(file, pair.get(1));
    OfficialArrays.channelsLast(moments.floats(), shape(), into);
  }

  @Override
  public String digest() throws FeatureException {
    return files().digest();
  }
}

package io.uvit.runner.features;

import io.uvit.savedmodels.weights.DataType;
import io.uvit.savedmodels.weights.NpyFile;
import io.uvit.savedmodels.weights.WeightFileException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;

/** Arrays of the official layouts: moments are float32 [2 z, h, w], channels first. */
final class OfficialArrays {
  /** Largest file of an item or a context. */
  static final int MAX_BYTES = 1 << 27;

  private OfficialArrays() {}

  /** A float32 array of a plain numpy file. */
  record Floats(List<Long> shape, FloatArray values) {}

  /** Holds an array, so that a record may. */
  static final class FloatArray {
    private final float[] values;

    FloatArray(float[] values) {
      this.values = values;
    }

    float[] get() {
      return values;
    }
  }

  static Floats read(Path path) throws FeatureException {
    try (NpyFile file = NpyFile.open(path)) {
      requireFloat32(path, file.entry().type());
      if (file.entry().bytes() > MAX_BYTES) {
        throw FeatureException.wrong(path, file.entry().bytes() + " bytes", "at most " + MAX_BYTES);
      }
      return new Floats(file.entry().shape(), new FloatArray(file.floats()));
    } catch (WeightFileException e) {
      throw new FeatureException(e.getMessage(), e);
    }
  }

  static void requireFloat32(Path path, DataType type) throws FeatureException {
    if (type != DataType.F32) {
      throw FeatureException.wrong(path, "an array of " + type, "float32");
    }
  }

  /** The shape of items whose arrays have dimensions [2 z, h, w]. */
  static FeatureShape shape(Path path, List<Long> dimensions) throws FeatureException {
    boolean sane =
        dimensions.size() == 3
            && dimensions.stream().allMatch(side -> side > 0 && side <= FeatureShape.MAX_VALUES);
    try {
      if (sane) {
        return new FeatureShape(
            dimensions.get(1).intValue(),
            dimensions.get(2).intValue(),
            dimensions.get(0).intValue(),
            Posterior.GAUSSIAN);
      }
    } catch (IllegalArgumentException e) {
      throw new FeatureException(path + ": " + e.getMessage(), e);
    }
    throw FeatureException.wrong(
        path, "an array of shape " + dimensions, "moments [2 z, height, width]");
  }

  static void requireShape(Path path, List<Long> found, FeatureShape wanted)
      throws FeatureException {
    if (!shape(path, found).equals(wanted)) {
      throw FeatureException.wrong(
          path,
          "moments of shape " + found,
          List.of(wanted.channels(), wanted.height(), wanted.width()) + " as item 0 has");
    }
  }

  /** Moves [c, h, w] to little-endian bytes [h, w, c]. */
  static void channelsLast(float[] from, FeatureShape shape, byte[] into) {
    ByteBuffer bytes = ByteBuffer.wrap(into).order(ByteOrder.LITTLE_ENDIAN);
    int plane = shape.height() * shape.width();
    int channels = shape.channels();
    for (int c = 0; c < channels; c++) {
      for (int p = 0; p < plane; p++) {
        bytes.putFloat(Float.BYTES * (p * channels + c), from[c * plane + p]);
      }
    }
  }
}

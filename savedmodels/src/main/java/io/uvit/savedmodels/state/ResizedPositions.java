package io.uvit.savedmodels.state;

import io.uvit.savedmodels.weights.DataType;
import io.uvit.savedmodels.weights.TensorEntry;
import io.uvit.savedmodels.weights.TensorFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The tensors of a file, the position embedding resized from one grid of patches to another:
 * bilinear with half-pixel centres and without antialiasing, as {@code
 * torch.nn.functional.interpolate(mode="bilinear", align_corners=False)}, in double, rounded once.
 */
final class ResizedPositions implements TensorFile {
  private final TensorFile file;
  private final String name;
  private final int extras;
  private final int dim;
  private final PatchGrid source;
  private final PatchGrid target;
  private final Map<String, TensorEntry> entries;

  /**
   * @param positions the embedding's entry in the file, [1, extras + patches of the source, D]
   * @param extras tokens before the patches, kept as they are
   */
  ResizedPositions(
      TensorFile file, TensorEntry positions, int extras, PatchGrid source, PatchGrid target) {
    this.file = file;
    this.name = positions.name();
    this.extras = extras;
    this.dim = Math.toIntExact(positions.shape().get(2));
    this.source = source;
    this.target = target;
    Map<String, TensorEntry> all = new LinkedHashMap<>(file.entries());
    List<Long> shape = List.of(1L, (long) extras + target.patches(), (long) dim);
    all.put(name, new TensorEntry(name, DataType.F32, shape));
    entries = Collections.unmodifiableMap(all);
  }

  @Override
  public Map<String, TensorEntry> entries() {
    return entries;
  }

  private float[] resized() {
    double[] from = file.doubles(name);
    float[] to = new float[Math.multiplyExact(extras + target.patches(), dim)];
    for (int i = 0; i < extras * dim; i++) {
      to[i] = (float) from[i];
    }
    Axis[] rows = Axis.of(source.height(), target.height());
    Axis[] columns = Axis.of(source.width(), target.width());
    int at = extras * dim;
    for (Axis row : rows) {
      for (Axis column : columns) {
        for (int d = 0; d < dim; d++) {
          double above =
              column.between(
                  value(from, row.low, column.low, d), value(from, row.low, column.high, d));
          double below =
              column.between(
                  value(from, row.high, column.low, d), value(from, row.high, column.high, d));
          to[at++] = (float) row.between(above, below);
        }
      }
    }
    return to;
  }

  private double value(double[] from, int row, int column, int d) {
    return from[(extras + row * source.width() + column) * dim + d];
  }

  /**
   * Where a target position lies between two source positions.
   *
   * @param low index of the one before it
   * @param high index of the one after it, at most one more
   * @param part distance from the one before it, in [0, 1]; of no matter where both are one
   */
  private record Axis(int low, int high, double part) {

    /** All positions of an axis. */
    static Axis[] of(int from, int to) {
      Axis[] axes = new Axis[to];
      for (int i = 0; i < to; i++) {
        double centre = Math.max(0, (i + 0.5) * from / to - 0.5);
        int low = Math.min(from - 1, (int) centre);
        axes[i] = new Axis(low, Math.min(from - 1, low + 1), centre - low);
      }
      return axes;
    }

    double between(double atLow, double atHigh) {
      return atLow * (1 - part) + atHigh * part;
    }
  }

  @Override
  public void read(String tensor, FloatBuffer into) {
    if (tensor.equals(name)) {
      if (into.remaining() < entry(name).elements()) {
        throw new IllegalArgumentException(
            "tensor '%s' has %d elements, the buffer room for %d"
                .formatted(name, entry(name).elements(), into.remaining()));
      }
      into.put(resized());
    } else {
      file.read(tensor, into);
    }
  }

  @Override
  public ByteBuffer bytes(String tensor) {
    if (!tensor.equals(name)) {
      return file.bytes(tensor);
    }
    float[] values = resized();
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(values.length, Float.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes.asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public float[] floats(String tensor) {
    return tensor.equals(name) ? resized() : file.floats(tensor);
  }

  @Override
  public double[] doubles(String tensor) {
    if (!tensor.equals(name)) {
      return file.doubles(tensor);
    }
    float[] values = resized();
    double[] wide = new double[values.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }

  @Override
  public long[] longs(String tensor) {
    if (tensor.equals(name)) {
      throw new IllegalArgumentException(
          "tensor '" + tensor + "' is " + DataType.F32 + ", wanted an integer type");
    }
    return file.longs(tensor);
  }

  @Override
  public void close() {
    file.close();
  }

  @Override
  public String toString() {
    return file + " with positions of " + source + " patches resized to " + target;
  }
}

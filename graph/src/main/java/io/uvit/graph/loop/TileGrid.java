package io.uvit.graph.loop;

/**
 * Overlapping tiles along one side of an image and how they are blended: weights that rise and fall
 * evenly where tiles overlap, and add up to 1 at each pixel.
 *
 * @param starts of the tiles, in latent positions, ascending
 * @param size of each tile, in latent positions
 * @param windows weight of each pixel of each tile, [starts][size * factor]
 */
@SuppressWarnings("ArrayRecordComponent") // computed once, handed on, never compared
record TileGrid(int[] starts, int size, float[][] windows) {

  /** Tiles overlap by this share of their size at least. */
  private static final int OVERLAP = 4;

  /**
   * Lays tiles over a side.
   *
   * @param length of the side, in latent positions
   * @param tile wanted size; a shorter side is one tile
   * @param factor pixels a latent position
   */
  static TileGrid of(int length, int tile, int factor) {
    int size = Math.min(length, tile);
    int stride = Math.max(1, size - size / OVERLAP);
    int count = size == length ? 1 : (length - size + stride - 1) / stride + 1;
    int[] starts = new int[count];
    for (int k = 0; k < count; k++) {
      starts[k] = Math.min(k * stride, length - size); // the last one ends with the side
    }
    return new TileGrid(starts, size, windows(starts, size, length, factor));
  }

  private static float[][] windows(int[] starts, int size, int length, int factor) {
    int pixels = size * factor;
    double ramp = Math.max(1, size / OVERLAP) * (double) factor;
    double[][] raw = new double[starts.length][pixels];
    double[] sum = new double[length * factor];
    for (int k = 0; k < starts.length; k++) {
      for (int p = 0; p < pixels; p++) {
        double rise = k == 0 ? 1 : Math.min(1, (p + 0.5) / ramp);
        double fall = k == starts.length - 1 ? 1 : Math.min(1, (pixels - p - 0.5) / ramp);
        raw[k][p] = rise * fall;
        sum[starts[k] * factor + p] += raw[k][p];
      }
    }
    float[][] windows = new float[starts.length][pixels];
    for (int k = 0; k < starts.length; k++) {
      for (int p = 0; p < pixels; p++) {
        windows[k][p] = (float) (raw[k][p] / sum[starts[k] * factor + p]);
      }
    }
    return windows;
  }
}

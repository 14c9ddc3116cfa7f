package io.uvit.graph.loop;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Tiles cover a side, overlap, and are blended by weights that add up to 1. */
class TileGridTest {
  private static final int LONGEST = 70;

  @Test
  void weightsAddUpToOneAtEachPixelOfAnySide() {
    for (int factor : new int[] {1, 2, 8}) {
      for (int length = 1; length <= LONGEST; length++) {
        for (int tile = 1; tile <= LONGEST + 2; tile++) {
          String what = "side " + length + ", tile " + tile + ", factor " + factor;
          TileGrid grid = TileGrid.of(length, tile, factor);
          double[] sum = new double[length * factor];
          for (int k = 0; k < grid.starts().length; k++) {
            assertEquals(grid.size() * factor, grid.windows()[k].length, what);
            for (int p = 0; p < grid.windows()[k].length; p++) {
              float weight = grid.windows()[k][p];
              assertTrue(weight > 0 && weight <= 1, what);
              sum[grid.starts()[k] * factor + p] += weight;
            }
          }
          assertTrue(Arrays.stream(sum).allMatch(s -> Math.abs(s - 1) < 1e-6), what);
        }
      }
    }
  }

  @Test
  void tilesBeginAndEndWithTheSideAndOverlapByAQuarter() {
    for (int length = 9; length <= LONGEST; length++) {
      for (int tile = 8; tile < length; tile++) {
        String what = "side " + length + ", tile " + tile;
        TileGrid grid = TileGrid.of(length, tile, 8);
        int[] starts = grid.starts();
        assertEquals(tile, grid.size(), what);
        assertEquals(0, starts[0], what);
        assertEquals(length - tile, starts[starts.length - 1], what);
        for (int k = 1; k < starts.length; k++) {
          int overlap = starts[k - 1] + tile - starts[k];
          assertTrue(overlap >= tile / 4 && overlap < tile, what + ": " + overlap);
        }
      }
    }
  }

  @Test
  void aSideThatIsNoLongerThanATileIsOne() {
    for (int tile : new int[] {9, 10, 64}) {
      TileGrid grid = TileGrid.of(9, tile, 2);
      assertArrayEquals(new int[] {0}, grid.starts());
      assertEquals(9, grid.size());
      float[] ones = new float[18];
      Arrays.fill(ones, 1);
      assertArrayEquals(ones, grid.windows()[0]);
    }
  }

  /** Side 14 in tiles of 8: from 0 and from 6, with 2 positions or 4 pixels of overlap. */
  @Test
  void weightsRiseAndFallEvenlyWhereTilesOverlap() {
    TileGrid grid = TileGrid.of(14, 8, 2);
    assertArrayEquals(new int[] {0, 6}, grid.starts());
    float[] falling = {0.875f, 0.625f, 0.375f, 0.125f};
    float[] rising = {0.125f, 0.375f, 0.625f, 0.875f};
    assertArrayEquals(falling, Arrays.copyOfRange(grid.windows()[0], 12, 16), 1e-6f);
    assertArrayEquals(rising, Arrays.copyOfRange(grid.windows()[1], 0, 4), 1e-6f);
    float[] alone = new float[12];
    Arrays.fill(alone, 1);
    assertArrayEquals(alone, Arrays.copyOfRange(grid.windows()[0], 0, 12));
    assertArrayEquals(alone, Arrays.copyOfRange(grid.windows()[1], 4, 16));
  }
}

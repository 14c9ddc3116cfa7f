package io.uvit.graph.loop;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.tensorflow.ndarray.Shape;

/** Slices and tiles of the {@code encode} and {@code decode} programs against whole batches. */
class LatentCodecTest {
  /** Two orders of adding up the same numbers, which are of the order of 1. */
  private static final float ROUNDING = 1e-5f;

  /** The same where the network is deep and tiles are blended. */
  private static final float BLENDING = 1e-4f;

  private static float[] normal(int length) {
    Random random = new Random(length);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static double deviation(float[] values) {
    double sum = 0;
    double squares = 0;
    for (float v : values) {
      sum += v;
      squares += (double) v * v;
    }
    double mean = sum / values.length;
    return Math.sqrt(squares / values.length - mean * mean);
  }

  private static float distance(float[] a, float[] b) {
    assertEquals(a.length, b.length);
    float most = 0;
    for (int i = 0; i < a.length; i++) {
      most = Math.max(most, Math.abs(a[i] - b[i]));
    }
    return most;
  }

  @Test
  void slicesDecodeWhatTheWholeBatchDoes() {
    Shape shape = Shape.of(5, 8, 8, 4);
    float[] latents = normal(5 * 8 * 8 * 4);
    try (TinyCodec net = TinyCodec.kl(8, 8)) {
      float[] wanted = net.whole(latents, shape);
      assertEquals(5 * 16 * 16 * 3, wanted.length);
      assertTrue(deviation(wanted) > 0.1, "a picture, not one colour: " + deviation(wanted));
      for (int atOnce : new int[] {1, 2, 5, 8}) {
        Program decode = net.decode(atOnce, 0);
        float[] pixels = net.pixels(decode, latents, shape);
        assertArrayEquals(wanted, pixels, ROUNDING, atOnce + " at once");
        byte[] images = net.images(decode, latents, shape);
        assertArrayEquals(bytes(pixels), images, atOnce + " at once");
        assertArrayEquals(new long[] {-1, 16, 16, 3}, decode.outputs().get(0).shape().asArray());
      }
      assertEquals(0, net.images(net.decode(2, 0), new float[0], Shape.of(0, 8, 8, 4)).length);
    }
  }

  /** In float32, as the graph does. */
  private static byte[] bytes(float[] pixels) {
    byte[] bytes = new byte[pixels.length];
    for (int i = 0; i < bytes.length; i++) {
      float unit = Math.max(0, Math.min(1, (pixels[i] + 1f) * 0.5f));
      bytes[i] = (byte) (int) (unit * 255f + 0.5f);
    }
    return bytes;
  }

  @Test
  void slicesEncodeWhatTheWholeBatchDoes() {
    byte[] images = new byte[5 * 16 * 24 * 3];
    new Random(3).nextBytes(images);
    float[] pixels = new float[images.length];
    for (int i = 0; i < images.length; i++) {
      pixels[i] = (images[i] & 0xFF) / 127.5f - 1;
    }
    Shape shape = Shape.of(5, 16, 24, 3);
    try (TinyCodec net = TinyCodec.kl(8, 12)) {
      float[] wanted = net.moments(pixels, shape);
      assertEquals(5 * 8 * 12 * 8, wanted.length);
      assertTrue(deviation(wanted) > 0.1, "moments that vary: " + deviation(wanted));
      for (int atOnce : new int[] {1, 2, 5}) {
        Program encode = net.encode(atOnce);
        float[] moments = net.encoded(encode, "moments", images, shape);
        assertArrayEquals(wanted, moments, ROUNDING, atOnce + " at once");
        float[] latents = net.encoded(encode, "latents", images, shape);
        assertArrayEquals(means(moments), latents, ROUNDING, atOnce + " at once");
      }
    }
  }

  /** The means in the network's scale: 0.8 (z - mean) / std of each channel. */
  private static float[] means(float[] moments) {
    double[] mean = {0.1, -0.2, 0.3, 0};
    double[] std = {0.5, 1, 2, 1.5};
    float[] latents = new float[moments.length / 2];
    for (int i = 0; i < latents.length; i++) {
      int c = i % 4;
      latents[i] = (float) (0.8 * (moments[i / 4 * 8 + c] - mean[c]) / std[c]);
    }
    return latents;
  }

  @Test
  void aTileAsLargeAsTheLatentsIsTheWholeImage() {
    Shape shape = Shape.of(2, 8, 12, 4);
    float[] latents = normal(2 * 8 * 12 * 4);
    try (TinyCodec net = TinyCodec.kl(8, 12)) {
      float[] whole = net.pixels(net.decode(2, 0), latents, shape);
      for (int tile : new int[] {12, 64}) {
        assertArrayEquals(whole, net.pixels(net.decode(2, tile), latents, shape), "tile " + tile);
      }
      // Two tiles, of which neither is the whole of what is normalised.
      assertTrue(distance(whole, net.pixels(net.decode(2, 8), latents, shape)) > 0.01);
    }
  }

  /** Where a pixel depends on its own latent alone, tiles change nothing, seams or not. */
  @Test
  void tilesOfANetworkThatSeesOnePositionAreTheWholeImage() {
    for (int[] size : new int[][] {{9, 8}, {8, 14}, {15, 21}}) {
      Shape shape = Shape.of(3, size[0], size[1], 4);
      float[] latents = normal(3 * size[0] * size[1] * 4);
      try (TinyCodec net = TinyCodec.tiny(size[0], size[1], true)) {
        float[] whole = net.whole(latents, shape);
        assertTrue(deviation(whole) > 0.1, "a picture, not one colour: " + deviation(whole));
        float[] tiled = net.pixels(net.decode(2, 8), latents, shape);
        assertArrayEquals(whole, tiled, BLENDING, Arrays.toString(size));
      }
    }
  }

  /**
   * Tiles 0..23 and 6..29 of a side of 30, where a pixel sees up to 19 latents far (10 by the
   * convolutions of the lowest resolution, 5, 2.5 and 0.6 by the others): what only one tile holds
   * is at least as far from that tile's border within the image.
   */
  @Test
  void tilesAreTheWholeImageFarFromTheirBorders() {
    Shape shape = Shape.of(1, 30, 2, 4);
    float[] latents = normal(30 * 2 * 4);
    try (TinyCodec net = TinyCodec.tiny(30, 2, false)) {
      float[] whole = net.whole(latents, shape);
      float[] tiled = net.pixels(net.decode(1, 24), latents, shape);
      assertTrue(rows(whole, tiled, 0, 5) < BLENDING, "the first tile's end");
      assertTrue(rows(whole, tiled, 25, 30) < BLENDING, "the last tile's end");
      assertTrue(rows(whole, tiled, 6, 24) > 0.01, "tiles do not see each other");
    }
  }

  /** The largest difference within rows of latents of 2 columns of 8 x 8 x 3 numbers. */
  private static float rows(float[] a, float[] b, int from, int to) {
    int row = 2 * 8 * 8 * 3;
    return distance(
        Arrays.copyOfRange(a, from * row, to * row), Arrays.copyOfRange(b, from * row, to * row));
  }
}

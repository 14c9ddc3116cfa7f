package io.uvit.runner.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ResizerTest {

  private static ByteImage noise(int height, int width, int channels) {
    ImageShape shape = new ImageShape(height, width, channels);
    byte[] samples = new byte[shape.samples()];
    new Random(height * 31L + width).nextBytes(samples);
    return new ByteImage(shape, samples);
  }

  @ParameterizedTest
  @EnumSource
  void partOfTheResultEqualsTheCroppedResult(Resampling filter) {
    ByteImage image = noise(37, 53, 3);
    int[][] sizes = {{20, 11}, {53, 11}, {20, 37}, {80, 90}, {53, 37}, {17, 60}};
    for (int[] size : sizes) {
      ByteImage whole = Resizer.resize(image, size[0], size[1], filter);
      ByteImage part =
          Resizer.resize(image, size[0], size[1], filter, 3, 2, size[0] - 8, size[1] - 5);
      assertArrayEquals(whole.crop(2, 3, size[1] - 5, size[0] - 8).samples(), part.samples());
    }
  }

  @ParameterizedTest
  @EnumSource
  void flatStaysFlatAndSameSizeStaysSame(Resampling filter) {
    byte[] grey = new byte[13 * 9];
    java.util.Arrays.fill(grey, (byte) 201);
    ByteImage flat = new ByteImage(new ImageShape(13, 9, 1), grey);
    for (byte sample : Resizer.resize(flat, 31, 4, filter).samples()) {
      assertEquals((byte) 201, sample);
    }
    ByteImage image = noise(8, 8, 3);
    assertArrayEquals(image.samples(), Resizer.resize(image, 8, 8, filter).samples());
  }

  @Test
  void boxHalvingRoundsAfterEachPass() {
    // Columns first: (0 + 1) / 2 -> 1 (half up), (0 + 0) / 2 -> 0; then (1 + 0) / 2 -> 1. One pass
    // would give 0.25 -> 0.
    ByteImage image = new ByteImage(new ImageShape(2, 2, 1), new byte[] {0, 1, 0, 0});
    assertArrayEquals(new byte[] {1}, Resizer.resize(image, 1, 1, Resampling.BOX).samples());
  }

  @Test
  void cubicOvershootIsClamped() {
    ByteImage edge = new ByteImage(new ImageShape(1, 4, 1), new byte[] {0, 0, -1, -1});
    byte[] wide = Resizer.resize(edge, 16, 1, Resampling.BICUBIC).samples();
    assertEquals(0, wide[5]);
    assertEquals((byte) 255, wide[10]);
  }

  @Test
  void partMustLieWithin() {
    ByteImage image = noise(4, 4, 1);
    assertThrows(
        IllegalArgumentException.class,
        () -> Resizer.resize(image, 8, 8, Resampling.BOX, 1, 0, 8, 8));
    assertThrows(IllegalArgumentException.class, () -> image.crop(0, 1, 4, 4));
    assertThrows(IllegalArgumentException.class, () -> new ImageShape(0, 1, 1));
    assertThrows(IllegalArgumentException.class, () -> new ImageShape(1, 1, 2));
    assertThrows(IllegalArgumentException.class, () -> new ImageShape(1 << 16, 1 << 16, 3));
    assertThrows(
        IllegalArgumentException.class, () -> new ByteImage(new ImageShape(2, 2, 1), new byte[3]));
  }

  @Test
  void lumaHasPillowsWeights() {
    byte[] rgb = {(byte) 255, 0, 0, 0, (byte) 255, 0, 0, 0, (byte) 255, 90, 90, 90};
    ByteImage image = new ByteImage(new ImageShape(1, 4, 3), rgb);
    assertArrayEquals(new byte[] {76, (byte) 150, 29, 90}, image.withChannels(1).samples());
    assertArrayEquals(
        new byte[] {7, 7, 7},
        new ByteImage(new ImageShape(1, 1, 1), new byte[] {7}).withChannels(3).samples());
  }
}

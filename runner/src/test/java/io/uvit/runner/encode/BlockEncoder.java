package io.uvit.runner.encode;

import io.uvit.runner.features.FeatureShape;
import io.uvit.runner.features.Posterior;
import io.uvit.runner.image.ImageShape;
import java.nio.ByteBuffer;

/**
 * Stands in for an autoencoder: 8x8 pixels to 2x2 positions of 2 channels, the pixel at the corner
 * of each block as mean (red, green) and log-variance (blue, its half).
 */
public final class BlockEncoder implements MomentsEncoder {
  private static final int FACTOR = 4;

  private final String digest;
  private int calls;

  /** {@code digest}: of its imagined weights. */
  public BlockEncoder(String digest) {
    this.digest = digest;
  }

  @Override
  public ImageShape pixels() {
    return new ImageShape(8, 8, 3);
  }

  @Override
  public FeatureShape shape() {
    return new FeatureShape(2, 2, 4, Posterior.GAUSSIAN);
  }

  @Override
  public String digest() {
    return digest;
  }

  @Override
  public String description() {
    return "corners of blocks";
  }

  /** Batches encoded so far. */
  public int calls() {
    return calls;
  }

  /** The moments of one image [8, 8, 3]. */
  public static float[] moments(byte[] image) {
    float[] moments = new float[16];
    for (int y = 0; y < 2; y++) {
      for (int x = 0; x < 2; x++) {
        int pixel = 3 * FACTOR * (8 * y + x);
        int at = 4 * (2 * y + x);
        moments[at] = (image[pixel] & 0xff) / 127.5f - 1;
        moments[at + 1] = (image[pixel + 1] & 0xff) / 127.5f - 1;
        moments[at + 2] = -(image[pixel + 2] & 0xff) / 255f;
        moments[at + 3] = moments[at + 2] / 2;
      }
    }
    return moments;
  }

  @Override
  public void encode(ByteBuffer images, int count, float[] moments) {
    calls++;
    if (images.remaining() != count * 192 || !images.isDirect()) {
      throw new IllegalArgumentException(images + " for " + count + " images");
    }
    byte[] image = new byte[192];
    for (int i = 0; i < count; i++) {
      images.get(image);
      System.arraycopy(moments(image), 0, moments, 16 * i, 16);
    }
  }

  @Override
  public void close() {}
}

package io.uvit.runner.metrics;

import java.nio.ByteBuffer;

/**
 * What a PNG file says of itself in its first chunk (PNG specification, section 11.2.2).
 *
 * @param channels 1 grey, 2 grey and alpha, 3 RGB or palette, 4 RGB and alpha
 */
record PngHeader(int width, int height, int channels) {
  private static final long SIGNATURE = 0x89504e470d0a1a0aL;
  private static final int IHDR = 0x49484452;
  private static final int LENGTH = 26;

  static PngHeader read(byte[] png) {
    if (png.length < LENGTH) {
      throw new IllegalArgumentException(
          "image: found " + png.length + " bytes, wanted a PNG file");
    }
    ByteBuffer bytes = ByteBuffer.wrap(png);
    if (bytes.getLong(0) != SIGNATURE || bytes.getInt(12) != IHDR) {
      throw new IllegalArgumentException(
          "image: found bytes that start with %016x, wanted a PNG file"
              .formatted(bytes.getLong(0)));
    }
    int channels =
        switch (png[25]) {
          case 0 -> 1;
          case 2, 3 -> 3;
          case 4 -> 2;
          case 6 -> 4;
          default ->
              throw new IllegalArgumentException("image: unknown PNG colour type " + png[25]);
        };
    return new PngHeader(bytes.getInt(16), bytes.getInt(20), channels);
  }
}

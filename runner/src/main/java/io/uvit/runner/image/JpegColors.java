package io.uvit.runner.image;

/**
 * Stored JPEG components to grey or RGB, bit for bit as libjpeg and Pillow's {@code
 * convert("RGB")}: 16-bit fixed-point YCbCr; four components are taken as inverted in Adobe's
 * manner and mixed as Pillow mixes CMYK. Colour profiles are not applied.
 */
final class JpegColors {
  private static final int FRACTION_BITS = 16;
  private static final int HALF = 1 << (FRACTION_BITS - 1);
  private static final int[] CR_TO_RED = new int[256];
  private static final int[] CB_TO_BLUE = new int[256];
  private static final int[] CR_TO_GREEN = new int[256];
  private static final int[] CB_TO_GREEN = new int[256];

  static {
    for (int i = 0; i < 256; i++) {
      int x = i - 128;
      CR_TO_RED[i] = (fixed(1.40200) * x + HALF) >> FRACTION_BITS;
      CB_TO_BLUE[i] = (fixed(1.77200) * x + HALF) >> FRACTION_BITS;
      CR_TO_GREEN[i] = -fixed(0.71414) * x;
      CB_TO_GREEN[i] = -fixed(0.34414) * x + HALF;
    }
  }

  private JpegColors() {}

  /** {@code stored}: components of every pixel side by side; it may be changed and reused. */
  static ByteImage convert(JpegHeader header, byte[] stored) {
    return switch (header.color()) {
      case GREY -> image(header, 1, stored);
      case RGB -> image(header, 3, stored);
      case YCBCR -> {
        for (int i = 0; i < stored.length; i += 3) {
          toRgb(stored, i);
        }
        yield image(header, 3, stored);
      }
      case CMYK -> image(header, 3, mix(stored, false));
      case YCCK -> image(header, 3, mix(stored, true));
    };
  }

  /**
   * Inverted CMYK, or YCCK whose first three components stand for the inverted inks' RGB, times the
   * inverted black.
   */
  private static byte[] mix(byte[] stored, boolean ycck) {
    byte[] rgb = new byte[stored.length / 4 * 3];
    for (int from = 0, to = 0; from < stored.length; from += 4, to += 3) {
      if (ycck) {
        toRgb(stored, from);
      }
      int black = stored[from + 3] & 0xFF;
      for (int c = 0; c < 3; c++) {
        int value = stored[from + c] & 0xFF;
        // YCCK decodes to the complement of the stored inks; the stored inks are themselves
        // complements.
        int ink = ycck ? value : 255 - value;
        rgb[to + c] = (byte) Math.max(black - multiply(ink, black), 0);
      }
    }
    return rgb;
  }

  /** a b / 255, rounded. */
  private static int multiply(int a, int b) {
    int product = a * b + 128;
    return ((product >> 8) + product) >> 8;
  }

  private static void toRgb(byte[] samples, int at) {
    int y = samples[at] & 0xFF;
    int cb = samples[at + 1] & 0xFF;
    int cr = samples[at + 2] & 0xFF;
    samples[at] = clamp(y + CR_TO_RED[cr]);
    samples[at + 1] = clamp(y + ((CB_TO_GREEN[cb] + CR_TO_GREEN[cr]) >> FRACTION_BITS));
    samples[at + 2] = clamp(y + CB_TO_BLUE[cb]);
  }

  private static byte clamp(int value) {
    return (byte) Math.min(Math.max(value, 0), 255);
  }

  private static int fixed(double value) {
    return (int) (value * (1 << FRACTION_BITS) + 0.5);
  }

  private static ByteImage image(JpegHeader header, int channels, byte[] samples) {
    return new ByteImage(new ImageShape(header.height(), header.width(), channels), samples);
  }
}

package io.uvit.runner.image;

/**
 * The structure of a JPEG file (ITU-T T.81 annex B) as far as colours and completeness need it.
 *
 * @param width columns
 * @param height rows
 * @param components samples of a pixel as stored
 * @param color what the components mean
 */
record JpegHeader(int width, int height, int components, Color color) {

  /** Meaning of the stored components. */
  enum Color {
    GREY,
    RGB,
    YCBCR,
    CMYK,
    YCCK
  }

  private static final int SOI = 0xD8;
  private static final int EOI = 0xD9;
  private static final int SOS = 0xDA;
  private static final int APP0 = 0xE0;
  private static final int APP14 = 0xEE;
  private static final int NO_ADOBE = -1;

  /**
   * Walks the segments up to the end-of-image marker.
   *
   * @throws ImageFormatException if the marker is missing (the file is truncated), or the kind is
   *     not supported: other than 8 bits a sample, 1, 3 or 4 components, baseline or progressive
   *     Huffman coding
   */
  static JpegHeader read(ByteReader file) throws ImageFormatException {
    Walk walk = new Walk();
    int at = 2;
    while (true) {
      if (file.u8(at) != 0xFF) {
        throw new ImageFormatException("is damaged: a JPEG marker was expected at byte " + at);
      }
      int marker = file.u8(at + 1);
      if (marker == 0xFF) {
        at++;
      } else if (marker == EOI) {
        return walk.finish();
      } else if (marker == 0x01 || marker >= 0xD0 && marker <= SOI) {
        at += 2;
      } else {
        int length = file.u16be(at + 2);
        file.need(at + 2L, Math.max(length, 2));
        walk.segment(file, marker, at + 4, length - 2);
        at += 2 + Math.max(length, 2);
        if (marker == SOS) {
          at = afterEntropyCodedData(file, at);
        }
      }
    }
  }

  /** Position of the next marker that is no restart marker. */
  private static int afterEntropyCodedData(ByteReader file, int start) throws ImageFormatException {
    int at = start;
    while (true) {
      if (file.u8(at) == 0xFF) {
        int next = file.u8(at + 1);
        boolean data = next == 0 || next >= 0xD0 && next <= 0xD7;
        if (!data && next != 0xFF) {
          return at;
        }
        at += data ? 2 : 1;
      } else {
        at++;
      }
    }
  }

  /** What the segments said so far. */
  private static final class Walk {
    private int width;
    private int height;
    private int[] ids = {};
    private boolean jfif;
    private int adobeTransform = NO_ADOBE;
    private boolean scan;

    void segment(ByteReader file, int marker, int at, int length) throws ImageFormatException {
      if (marker == APP0 && length >= 5 && file.has(at, 'J', 'F', 'I', 'F', 0)) {
        jfif = true;
      } else if (marker == APP14 && length >= 12 && file.has(at, "Adobe")) {
        adobeTransform = file.u8(at + 11);
      } else if (marker == SOS) {
        scan = true;
      } else if (marker >= 0xC0
          && marker <= 0xCF
          && marker != 0xC4
          && marker != 0xC8
          && marker != 0xCC) {
        frame(file, marker, at);
      }
    }

    private void frame(ByteReader file, int marker, int at) throws ImageFormatException {
      if (marker > 0xC2) {
        throw new ImageFormatException(
            "is a lossless, hierarchical or arithmetically coded JPEG file, which is not supported");
      }
      int precision = file.u8(at);
      if (precision != 8) {
        throw new ImageFormatException(
            "is a JPEG file of " + precision + " bits a sample, which is not supported");
      }
      height = file.u16be(at + 1);
      width = file.u16be(at + 3);
      ids = new int[file.u8(at + 5)];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = file.u8(at + 6 + 3 * i);
      }
    }

    JpegHeader finish() throws ImageFormatException {
      if (!scan || ids.length == 0) {
        throw new ImageFormatException("is a JPEG file without an image");
      }
      Color color =
          switch (ids.length) {
            case 1 -> Color.GREY;
            case 3 -> threeComponents();
            case 4 -> adobeTransform == 2 ? Color.YCCK : Color.CMYK;
            default ->
                throw new ImageFormatException(
                    "is a JPEG file of " + ids.length + " components, which is not supported");
          };
      return new JpegHeader(width, height, ids.length, color);
    }

    /** The rules of libjpeg: JFIF, else the Adobe marker, else the component ids. */
    private Color threeComponents() {
      if (jfif) {
        return Color.YCBCR;
      }
      if (adobeTransform != NO_ADOBE) {
        return adobeTransform == 0 ? Color.RGB : Color.YCBCR;
      }
      return ids[0] == 'R' && ids[1] == 'G' && ids[2] == 'B' ? Color.RGB : Color.YCBCR;
    }
  }
}

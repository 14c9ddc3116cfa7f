package io.uvit.runner.image;

import java.util.zip.CRC32;

/**
 * What the structure of an image file says before anything is decoded: its size, and that it is
 * whole. Image libraries fill the missing part of a truncated file with grey and go on; here it is
 * found first.
 *
 * @param format the file format
 * @param width columns, at least 1
 * @param height rows, at least 1
 */
record ImageHeader(ImageFormat format, int width, int height) {

  /**
   * Reads and checks the structure.
   *
   * @throws ImageFormatException if the file is truncated, damaged or of an unsupported kind
   */
  static ImageHeader read(byte[] bytes) throws ImageFormatException {
    if (bytes.length == 0) {
      throw new ImageFormatException("is empty");
    }
    ByteReader file = new ByteReader(bytes);
    ImageFormat format = ImageFormat.of(file).orElse(null);
    if (format == null) {
      throw new ImageFormatException(
          ImageFormat.unsupported(file)
              .map(
                  name ->
                      "is a " + name + " file, which is not supported; convert it to PNG or JPEG")
              .orElse("is no image: wanted JPEG, PNG, GIF or BMP"));
    }
    ImageHeader header =
        switch (format) {
          case JPEG -> {
            JpegHeader jpeg = JpegHeader.read(file);
            yield new ImageHeader(format, jpeg.width(), jpeg.height());
          }
          case PNG -> png(file, bytes);
          case GIF -> gif(file);
          case BMP -> bmp(file);
        };
    if (header.width < 1 || header.height < 1) {
      throw new ImageFormatException("says its size is " + header.width + "x" + header.height);
    }
    return header;
  }

  /**
   * Chunks from IHDR to IEND, each critical one with its checksum (PNG specification, sections 5.3
   * and 11.2).
   */
  private static ImageHeader png(ByteReader file, byte[] bytes) throws ImageFormatException {
    int at = 8;
    if (!file.has(at + 4, "IHDR")) {
      throw new ImageFormatException(
          file.length() < at + 8 ? "is truncated" : "is a PNG file without a header");
    }
    while (true) {
      int length = file.i32be(at);
      file.need(at, 12L + Integer.toUnsignedLong(length));
      boolean critical = (file.u8(at + 4) & 0x20) == 0;
      if (critical) {
        CRC32 crc = new CRC32();
        crc.update(bytes, at + 4, length + 4);
        if ((int) crc.getValue() != file.i32be(at + 8 + length)) {
          throw new ImageFormatException("is damaged: the checksum of a PNG chunk is wrong");
        }
      }
      if (file.has(at + 4, "IEND")) {
        return new ImageHeader(ImageFormat.PNG, file.i32be(16), file.i32be(20));
      }
      at += 12 + length;
    }
  }

  /** Blocks up to the end of the first frame, which must fill the screen (GIF89a specification). */
  private static ImageHeader gif(ByteReader file) throws ImageFormatException {
    int width = file.u16le(6);
    int height = file.u16le(8);
    int at = 13 + colorTable(file.u8(10));
    while (file.u8(at) == 0x21) {
      at = afterSubBlocks(file, at + 2);
    }
    if (file.u8(at) != 0x2C) {
      throw new ImageFormatException("is a GIF file without a frame");
    }
    boolean whole =
        file.u16le(at + 1) == 0
            && file.u16le(at + 3) == 0
            && file.u16le(at + 5) == width
            && file.u16le(at + 7) == height;
    if (!whole) {
      throw new ImageFormatException(
          "is a GIF file whose first frame does not fill it, which is not supported");
    }
    afterSubBlocks(file, at + 10 + colorTable(file.u8(at + 9)) + 1);
    return new ImageHeader(ImageFormat.GIF, width, height);
  }

  private static int colorTable(int flags) {
    return (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);
  }

  private static int afterSubBlocks(ByteReader file, int start) throws ImageFormatException {
    int at = start;
    while (file.u8(at) != 0) {
      at += 1 + file.u8(at);
    }
    return at + 1;
  }

  /** Uncompressed bitmaps only, all of whose rows are there. */
  private static ImageHeader bmp(ByteReader file) throws ImageFormatException {
    boolean old = file.i32le(14) == 12;
    int width = old ? file.u16le(18) : file.i32le(18);
    int height = Math.abs(old ? file.u16le(20) : file.i32le(22));
    int bitsPerPixel = file.u16le(old ? 24 : 28);
    int compression = old ? 0 : file.i32le(30);
    if (compression != 0 && compression != 3) {
      throw new ImageFormatException(
          "is a compressed BMP file, which is not supported; convert it to PNG");
    }
    if (width > 0 && height > 0) {
      long row = ((long) width * bitsPerPixel + 31) / 32 * 4;
      file.need(
          Integer.toUnsignedLong(file.i32le(10)),
          Math.multiplyHigh(row, height) == 0 ? row * height : -1);
    }
    return new ImageHeader(ImageFormat.BMP, width, height);
  }
}

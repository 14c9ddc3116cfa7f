package io.uvit.runner.image;

import java.util.Optional;

/** The file formats that are read, told by their first bytes and never by the name of the file. */
enum ImageFormat {
  JPEG,
  PNG,
  GIF,
  BMP;

  /** The format of a file, if it is one of these. */
  static Optional<ImageFormat> of(ByteReader file) {
    if (file.has(0, 0xFF, 0xD8, 0xFF)) {
      return Optional.of(JPEG);
    }
    if (file.has(0, 0x89, 'P', 'N', 'G', 0x0D, 0x0A, 0x1A, 0x0A)) {
      return Optional.of(PNG);
    }
    if (file.has(0, "GIF87a") || file.has(0, "GIF89a")) {
      return Optional.of(GIF);
    }
    return file.has(0, "BM") ? Optional.of(BMP) : Optional.empty();
  }

  /** Name of a format that is known but not read, for a helpful message. */
  static Optional<String> unsupported(ByteReader file) {
    if (file.has(0, "RIFF") && file.has(8, "WEBP")) {
      return Optional.of("WebP");
    }
    if (file.has(0, 'I', 'I', 42, 0) || file.has(0, 'M', 'M', 0, 42)) {
      return Optional.of("TIFF");
    }
    if (file.has(4, "ftyp")) {
      return Optional.of("AVIF or HEIF");
    }
    if (file.has(0, 0, 0, 0, 12, 'j', 'P', ' ', ' ') || file.has(0, 0xFF, 0x4F, 0xFF, 0x51)) {
      return Optional.of("JPEG 2000");
    }
    boolean netpbm =
        file.has(0, "P5") || file.has(0, "P6") || file.has(0, "P2") || file.has(0, "P3");
    return netpbm ? Optional.of("PPM") : Optional.empty();
  }
}

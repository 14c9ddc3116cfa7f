package io.uvit.savedmodels.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The header of a numpy array file, format versions 1 to 3 (numpy/lib/format.py).
 *
 * @param type the element type
 * @param bigEndian whether the elements are big-endian
 * @param fortran whether the elements are in Fortran order
 * @param shape the dimensions
 * @param length bytes before the data
 */
record NpyHeader(DataType type, boolean bigEndian, boolean fortran, List<Long> shape, int length) {
  /** Longest accepted header, with the magic; numpy's own limit for untrusted files is 10 000. */
  static final int MAX_LENGTH = 1 << 14;

  /**
   * Parses the header of an array of numbers.
   *
   * @param head the first bytes of the file, {@link #MAX_LENGTH} of them if there are so many
   */
  static NpyHeader parse(ByteBuffer head, MappedSource source, String subject) {
    ByteBuffer bytes = head.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    int start = start(bytes, source, subject);
    byte[] text = text(bytes, start, source, subject);
    NpyDescription description = new NpyDescription(decoded(bytes, text), source, subject).parse();
    return new NpyHeader(
        description.type(),
        description.bigEndian(),
        description.fortran(),
        description.shape(),
        start + text.length);
  }

  /**
   * The dimensions of an array of Python objects, whose pickle follows; moves {@code bytes} there.
   *
   * @param bytes the file; little-endian
   */
  static List<Long> parseObjects(ByteBuffer bytes, MappedSource source, String subject) {
    int start = start(bytes, source, subject);
    byte[] text = text(bytes, start, source, subject);
    List<Long> shape =
        new NpyDescription(decoded(bytes, text), source, subject).parseObjects().shape();
    bytes.position(start + text.length);
    return shape;
  }

  /** Where the text of the header begins. */
  private static int start(ByteBuffer bytes, MappedSource source, String subject) {
    if (!isNpy(bytes)) {
      throw source.wrong(subject, "other content", "a numpy array (\\x93NUMPY)");
    }
    int version = bytes.get(6);
    if (version < 1 || version > 3) {
      throw source.wrong(subject, "numpy format version " + version, "1, 2 or 3");
    }
    int start = version == 1 ? 10 : 12;
    if (bytes.remaining() < start) {
      throw source.wrong(subject, "a cut numpy header", "a whole one");
    }
    return start;
  }

  private static byte[] text(ByteBuffer bytes, int start, MappedSource source, String subject) {
    long length =
        start == 10
            ? Short.toUnsignedLong(bytes.getShort(8))
            : Integer.toUnsignedLong(bytes.getInt(8));
    if (length > MAX_LENGTH - start || length > bytes.remaining() - start) {
      throw source.wrong(
          subject,
          "a numpy header of " + length + " bytes",
          "at most " + (MAX_LENGTH - start) + ", inside the file");
    }
    byte[] text = new byte[(int) length];
    bytes.get(start, text);
    return text;
  }

  private static String decoded(ByteBuffer bytes, byte[] text) {
    boolean utf8 = bytes.get(6) == 3;
    return new String(text, utf8 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1);
  }

  /** Whether bytes begin as a numpy array file does. */
  static boolean isNpy(ByteBuffer bytes) {
    return bytes.remaining() >= 8
        && bytes.get(0) == (byte) 0x93
        && bytes.get(1) == 'N'
        && bytes.get(2) == 'U'
        && bytes.get(3) == 'M'
        && bytes.get(4) == 'P'
        && bytes.get(5) == 'Y';
  }

  /**
   * The version 1 header of a little-endian C-order array, padded so that the data is aligned to 64
   * bytes.
   *
   * @throws IllegalArgumentException if numpy has no such type
   */
  static byte[] encode(DataType type, List<Long> shape) {
    String descr =
        type.numpyDescr()
            .orElseThrow(() -> new IllegalArgumentException("numpy has no type " + type));
    String dimensions = shape.stream().map(String::valueOf).collect(Collectors.joining(", "));
    String tuple = shape.size() == 1 ? "(" + dimensions + ",)" : "(" + dimensions + ")";
    String text = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + tuple + ", }";
    int length = (10 + text.length() + 1 + 63) / 64 * 64;
    if (length - 10 > 0xffff) {
      throw new IllegalArgumentException("a shape of " + shape.size() + " dimensions");
    }
    ByteBuffer header = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    header.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    header.putShort((short) (length - 10));
    header.put(text.getBytes(StandardCharsets.US_ASCII));
    while (header.remaining() > 1) {
      header.put((byte) ' ');
    }
    header.put((byte) '\n');
    return header.array();
  }
}

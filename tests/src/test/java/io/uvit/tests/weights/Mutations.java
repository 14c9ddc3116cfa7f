package io.uvit.tests.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/** Random damage to the bytes of a file, a function of a seed. */
final class Mutations {
  /** Headers and directories are at the ends of files; half of the damage is done there. */
  private static final int EDGE = 512;

  private static final Pattern NUMBER = Pattern.compile("[0-9]+");
  private static final String[] NUMBERS = {
    "0", "1", "-1", "2147483647", "2147483648", "4294967296", "9223372036854775807", "1e9", "00"
  };

  private final SplittableRandom random;

  Mutations(long seed) {
    random = new SplittableRandom(seed);
  }

  /** A copy with one to four changes. */
  byte[] damaged(byte[] whole) {
    byte[] bytes = whole.clone();
    for (int changes = random.nextInt(1, 5); changes > 0 && bytes.length > 0; changes--) {
      bytes = changed(bytes);
    }
    return bytes;
  }

  /** A zip archive with damage in one entry whose checksum is right, or to its name. */
  byte[] damagedEntry(Path zip, boolean mayDeflate) {
    try {
      Map<String, byte[]> entries = entries(zip);
      List<String> names = new ArrayList<>(entries.keySet());
      String chosen = names.get(random.nextInt(names.size()));
      // The pickle says most.
      for (String name : names) {
        if (name.endsWith("data.pkl") && random.nextInt(3) > 0) {
          chosen = name;
        }
      }
      boolean rename = random.nextInt(16) == 0;
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      try (ZipOutputStream writer = new ZipOutputStream(out)) {
        for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
          boolean hit = entry.getKey().equals(chosen);
          byte[] content = hit && !rename ? damaged(entry.getValue()) : entry.getValue();
          String name = hit && rename ? entry.getKey() + "." + random.nextInt(9) : entry.getKey();
          add(writer, name, content, mayDeflate && random.nextBoolean());
        }
      }
      return out.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A tensor name with a letter, a number or a word changed, or a prefix added. */
  String damaged(String name) {
    int at = random.nextInt(name.length());
    return switch (random.nextInt(6)) {
      case 0 -> name.substring(0, at) + (char) random.nextInt(' ', 127) + name.substring(at + 1);
      case 1 -> name.substring(0, at) + name.substring(at + 1);
      case 2 -> NUMBER.matcher(name).replaceFirst(Integer.toString(random.nextInt(120)));
      case 3 -> name.replaceFirst("\\.", random.nextBoolean() ? ".." : "/");
      case 4 -> (random.nextBoolean() ? "state_dict/" : "first_stage_model.") + name;
      default -> name.replace("weight", "bias");
    };
  }

  /** A number below a bound. */
  int below(int bound) {
    return random.nextInt(bound);
  }

  private static Map<String, byte[]> entries(Path zip) throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    try (ZipFile file = new ZipFile(zip.toFile())) {
      for (ZipEntry entry : file.stream().toList()) {
        entries.put(entry.getName(), file.getInputStream(entry).readAllBytes());
      }
    }
    return entries;
  }

  private static void add(ZipOutputStream out, String name, byte[] content, boolean deflate)
      throws IOException {
    ZipEntry entry = new ZipEntry(name);
    if (!deflate) {
      CRC32 crc = new CRC32();
      crc.update(content);
      entry.setMethod(ZipEntry.STORED);
      entry.setSize(content.length);
      entry.setCrc(crc.getValue());
    }
    out.putNextEntry(entry);
    out.write(content);
    out.closeEntry();
  }

  private byte[] changed(byte[] bytes) {
    int at = position(bytes.length);
    switch (random.nextInt(9)) {
      case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> bytes[at] = (byte) random.nextInt(256);
      case 2 -> {
        for (int i = at; i < Math.min(bytes.length, at + 16); i++) {
          bytes[i] = (byte) random.nextInt(256);
        }
      }
      case 3 -> {
        return spliced(bytes, at, bytes.length - at, new byte[0]);
      }
      case 4 -> {
        return spliced(bytes, at, random.nextInt(32), new byte[0]);
      }
      case 5 -> {
        byte[] more = new byte[random.nextInt(1, 32)];
        random.nextBytes(more);
        return spliced(bytes, at, 0, more);
      }
      case 6 -> {
        int from = position(bytes.length);
        int length = Math.min(random.nextInt(1, 64), bytes.length - from);
        byte[] copy = new byte[length];
        System.arraycopy(bytes, from, copy, 0, length);
        return spliced(bytes, at, random.nextBoolean() ? length : 0, copy);
      }
      case 7 -> lengthField(bytes, at);
      default -> {
        return number(bytes, at);
      }
    }
    return bytes;
  }

  private int position(int length) {
    int edge = Math.min(EDGE, length);
    return switch (random.nextInt(4)) {
      case 0 -> random.nextInt(edge);
      case 1 -> length - 1 - random.nextInt(edge);
      default -> random.nextInt(length);
    };
  }

  /** Writes a telling integer of 1, 2, 4 or 8 bytes, little- or big-endian. */
  private void lengthField(byte[] bytes, int at) {
    long[] values = {
      0,
      1,
      -1,
      bytes.length,
      bytes.length + 1L,
      Integer.MAX_VALUE,
      1L << 31,
      1L << 32,
      1L << 40,
      Long.MAX_VALUE,
      Long.MIN_VALUE,
      0xffff,
      random.nextLong(),
      random.nextInt(1 << 20)
    };
    long value = values[random.nextInt(values.length)];
    int width = 1 << random.nextInt(4);
    ByteBuffer field = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, value);
    boolean big = random.nextInt(4) == 0;
    for (int i = 0; i < width && at + i < bytes.length; i++) {
      bytes[at + i] = field.get(big ? width - 1 - i : i);
    }
  }

  /** Replaces the decimal number at or after a place, as in the headers that are text. */
  private byte[] number(byte[] bytes, int at) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    Matcher matcher = NUMBER.matcher(text);
    if (!matcher.find(at)) {
      return bytes;
    }
    byte[] number = NUMBERS[random.nextInt(NUMBERS.length)].getBytes(StandardCharsets.US_ASCII);
    return spliced(bytes, matcher.start(), matcher.end() - matcher.start(), number);
  }

  private static byte[] spliced(byte[] bytes, int at, int removed, byte[] added) {
    int end = Math.min(bytes.length, at + removed);
    byte[] result = new byte[at + added.length + bytes.length - end];
    System.arraycopy(bytes, 0, result, 0, at);
    System.arraycopy(added, 0, result, at, added.length);
    System.arraycopy(bytes, end, result, at + added.length, bytes.length - end);
    return result;
  }
}

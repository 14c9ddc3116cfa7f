package io.uvit.runner.data;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * The files of a folder or archive sorted into images, hidden files and others, by their names
 * relative to the root with {@code /} between the parts.
 *
 * <p>An image is what has the extension of an image format, whether this program reads that format
 * or not: a WebP file is an unreadable image, not something to pass over. Names that start with a
 * dot, and the leavings of desktop systems, are hidden; any other file is counted as ignored. Order
 * is by the parts of the name, each compared by code points, as the official code lists folders
 * recursively; a folder and an archive of it have the same order.
 */
final class FileListing {
  private static final Set<String> IMAGE_EXTENSIONS =
      Set.of(
          "jpg", "jpeg", "jpe", "jfif", "png", "gif", "bmp", "webp", "tif", "tiff", "ppm", "pgm",
          "pnm", "jp2", "j2k", "avif", "heic", "heif", "jxl", "tga");
  private static final Set<String> DESKTOP_LEAVINGS =
      Set.of("__MACOSX", "Thumbs.db", "desktop.ini");
  private final List<StoredFile> images = new ArrayList<>();
  private final Set<String> folders = new TreeSet<>();
  private String firstIgnored = "";
  private int ignoredCount;

  /**
   * A file of the listing.
   *
   * @param name relative, parts separated by {@code /}
   * @param bytes size, uncompressed
   */
  record StoredFile(String name, long bytes) {

    /** The last part of the name. */
    String fileName() {
      return name.substring(name.lastIndexOf('/') + 1);
    }

    /** The folder that holds the file, relative; empty for the root. */
    String folder() {
      return parent(name);
    }
  }

  /** Adds a file. */
  void addFile(String name, long bytes) {
    if (hidden(name)) {
      return;
    }
    addFolder(parent(name));
    if (isImage(name)) {
      images.add(new StoredFile(name, bytes));
    } else {
      ignoredCount++;
      if (firstIgnored.isEmpty()) {
        firstIgnored = name;
      }
    }
  }

  /** Adds a folder, with or without a slash at the end, and those around it. */
  void addFolder(String name) {
    String folder = name.endsWith("/") ? name.substring(0, name.length() - 1) : name;
    while (!folder.isEmpty() && !hidden(folder) && folders.add(folder)) {
      folder = parent(folder);
    }
  }

  /** Whether a file or folder of this relative name is passed over without a word. */
  static boolean hidden(String name) {
    for (String part : name.split("/", -1)) {
      boolean dotted = part.startsWith(".") && !part.equals(".") && !part.equals("..");
      if (dotted || DESKTOP_LEAVINGS.contains(part)) {
        return true;
      }
    }
    return false;
  }

  /** Whether the extension is that of an image. */
  static boolean isImage(String name) {
    int dot = name.lastIndexOf('.');
    return dot >= 0 && IMAGE_EXTENSIONS.contains(name.substring(dot + 1).toLowerCase(Locale.ROOT));
  }

  /** The images in order. */
  List<StoredFile> images() {
    // NUL sorts before every other character, so whole names compare as their parts would.
    record Keyed(String key, StoredFile file) {}
    return images.stream()
        .map(file -> new Keyed(file.name().replace('/', '\0'), file))
        .sorted(Comparator.comparing(Keyed::key, FileListing::compareNames))
        .map(Keyed::file)
        .toList();
  }

  /** Innermost folders that hold no image. */
  List<String> emptyFolders() {
    Set<String> occupied = new HashSet<>();
    images.forEach(image -> occupied.add(image.folder()));
    folders.forEach(folder -> occupied.add(parent(folder)));
    return folders.stream().filter(folder -> !occupied.contains(folder)).toList();
  }

  /** Number of files passed over as no images. */
  int ignoredCount() {
    return ignoredCount;
  }

  /** The first file passed over; empty if there is none. */
  String firstIgnored() {
    return firstIgnored;
  }

  /** Compares by code points; {@link String#compareTo} compares UTF-16 units, which differ. */
  static int compareNames(String a, String b) {
    int common = Math.min(a.length(), b.length());
    for (int i = 0; i < common; i++) {
      char left = a.charAt(i);
      char right = b.charAt(i);
      if (left != right) {
        return Integer.compare(codePointOrder(left), codePointOrder(right));
      }
    }
    return Integer.compare(a.length(), b.length());
  }

  /** Moves surrogates, halves of the code points above U+FFFF, behind all other units. */
  private static int codePointOrder(char unit) {
    return Character.isSurrogate(unit) ? unit + (1 << 16) : unit;
  }

  private static String parent(String name) {
    int slash = name.lastIndexOf('/');
    return slash < 0 ? "" : name.substring(0, slash);
  }
}

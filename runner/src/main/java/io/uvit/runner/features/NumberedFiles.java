package io.uvit.runner.features;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The files {@code {i}.npy} of a folder, i = 0, 1, ... without gaps, and beside each possibly
 * {@code {i}_{k}.npy}, k = 0, 1, ... without gaps. Other files are passed over.
 */
final class NumberedFiles {
  private static final String NUMBER = "(0|[1-9][0-9]{0,8})";
  private static final Pattern NAME = Pattern.compile(NUMBER + "(?:_" + NUMBER + ")?\\.npy");

  private final Path folder;
  private int size;

  /** Captions of an item; empty if the folder has none at all. */
  private int[] captions = new int[0];

  private long storedBytes = -1;
  private String digest = "";

  private NumberedFiles(Path folder) {
    this.folder = folder;
  }

  /** Whether a folder has a file {@code 0.npy}. */
  static boolean areIn(Path folder) {
    return Files.isRegularFile(folder.resolve("0.npy"));
  }

  /**
   * Lists a folder.
   *
   * @throws FeatureException if it cannot be read, has no such files, or has gaps
   */
  static NumberedFiles list(Path folder) throws FeatureException {
    NumberedFiles files = new NumberedFiles(folder);
    Tally items = new Tally();
    Tally[] captions = new Tally[0];
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, "*.npy")) {
      for (Path entry : entries) {
        Matcher name = NAME.matcher(entry.getFileName().toString());
        if (!name.matches()) {
          continue;
        }
        int item = Integer.parseInt(name.group(1));
        if (name.group(2) == null) {
          items.add(item);
        } else {
          captions = grown(captions, item);
          captions[item].add(Integer.parseInt(name.group(2)));
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      throw new FeatureException(folder + ": cannot be listed: " + e, e);
    }
    files.size = items.count;
    files.refuseGaps(items, captions);
    return files;
  }

  private static Tally[] grown(Tally[] tallies, int index) throws FeatureException {
    Tally[] grown = tallies;
    if (index >= tallies.length) {
      if (index > 1 << 26) {
        throw new FeatureException("captions of item " + index + ": more items than are accepted");
      }
      grown = Arrays.copyOf(tallies, Math.max(index + 1, 2 * tallies.length));
    }
    if (grown[index] == null) {
      grown[index] = new Tally();
    }
    return grown;
  }

  private void refuseGaps(Tally items, Tally[] tallies) throws FeatureException {
    if (size == 0) {
      throw FeatureException.wrong(folder, "no features", "files 0.npy, 1.npy, ...");
    }
    if (items.highest != size - 1) {
      throw FeatureException.wrong(
          folder,
          "%d files up to %d.npy but no %d.npy".formatted(size, items.highest, firstMissing()),
          "numbers without gaps");
    }
    if (tallies.length == 0) {
      return;
    }
    captions = new int[size];
    for (int i = 0; i < Math.max(size, tallies.length); i++) {
      Tally tally = i < tallies.length ? tallies[i] : null;
      if (i >= size && tally != null) {
        throw FeatureException.wrong(
            folder, "captions of item " + i + " but no " + i + ".npy", "both or neither");
      }
      if (i < size) {
        if (tally == null || tally.highest != tally.count - 1) {
          throw FeatureException.wrong(
              folder,
              (tally == null ? 0 : tally.count) + " captions of item " + i,
              "at least one, " + i + "_0.npy, " + i + "_1.npy, ... without gaps");
        }
        captions[i] = tally.count;
      }
    }
  }

  private int firstMissing() {
    int number = 0;
    while (Files.exists(item(number))) {
      number++;
    }
    return number;
  }

  Path folder() {
    return folder;
  }

  int size() {
    return size;
  }

  boolean hasCaptions() {
    return captions.length > 0;
  }

  int captions(int item) {
    return captions[item];
  }

  Path item(int index) {
    return folder.resolve(index + ".npy");
  }

  Path caption(int item, int caption) {
    return folder.resolve(item + "_" + caption + ".npy");
  }

  /** Bytes of all files. */
  synchronized long storedBytes() throws FeatureException {
    measure();
    return storedBytes;
  }

  /** SHA-256 over the names and sizes of all files in order. */
  synchronized String digest() throws FeatureException {
    measure();
    return digest;
  }

  private void measure() throws FeatureException {
    if (storedBytes >= 0) {
      return;
    }
    MessageDigest sha = Sha256.start();
    long bytes = 0;
    for (int i = 0; i < size; i++) {
      bytes += add(sha, item(i));
      for (int k = 0; hasCaptions() && k < captions[i]; k++) {
        bytes += add(sha, caption(i, k));
      }
    }
    digest = Sha256.hex(sha);
    storedBytes = bytes;
  }

  private static long add(MessageDigest sha, Path file) throws FeatureException {
    try {
      long size = Files.size(file);
      Sha256.add(sha, file.getFileName() + "\0" + size + "\n");
      return size;
    } catch (IOException e) {
      throw new FeatureException(file + ": cannot be read: " + e, e);
    }
  }

  /** How many distinct numbers there were and which is the highest. */
  private static final class Tally {
    private int count;
    private int highest = -1;

    void add(int number) {
      count++;
      highest = Math.max(highest, number);
    }
  }
}

package io.uvit.runner.data;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.HashSet;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * A zip archive, read entry by entry into memory. Nothing is ever extracted, so names cannot lead
 * outside; sizes are held to what the directory of the archive says, and the checksum of each entry
 * is verified.
 */
final class ZipStore implements FileStore {
  private static final int MAX_ENTRIES = 20_000_000;

  /** Deflate packs at most 1,032 to 1; images that come near it are bombs. */
  private static final long MAX_RATIO = 1000;

  private static final long HARMLESS_BYTES = 1 << 20;

  private final Path path;
  private final ZipFile zip;
  private final FileListing listing;

  private ZipStore(Path path, ZipFile zip, FileListing listing) {
    this.path = path;
    this.zip = zip;
    this.listing = listing;
  }

  static ZipStore open(Path path) throws DataException {
    ZipFile zip = null;
    try {
      zip = new ZipFile(path.toFile());
      return new ZipStore(path, zip, list(path, zip));
    } catch (ZipException e) {
      closeQuietly(zip, e);
      throw new DataException(path + ": is no whole zip archive: " + e.getMessage(), e);
    } catch (DataException e) {
      closeQuietly(zip, e);
      throw e;
    } catch (IOException e) {
      closeQuietly(zip, e);
      throw FileStore.unreadable(path.toString(), e);
    }
  }

  private static FileListing list(Path path, ZipFile zip) throws DataException {
    if (zip.size() > MAX_ENTRIES) {
      throw new DataException(
          path + ": has " + zip.size() + " entries, more than the allowed " + MAX_ENTRIES);
    }
    FileListing listing = new FileListing();
    Set<String> names = new HashSet<>();
    Enumeration<? extends ZipEntry> entries = zip.entries();
    while (entries.hasMoreElements()) {
      ZipEntry entry = entries.nextElement();
      if (!names.add(entry.getName())) {
        throw new DataException(
            path + ": has two entries named " + Names.printable(entry.getName()));
      }
      if (entry.isDirectory()) {
        listing.addFolder(entry.getName());
      } else {
        listing.addFile(entry.getName(), entry.getSize());
      }
    }
    return listing;
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public FileListing listing() {
    return listing;
  }

  @Override
  public String describe(String name) {
    return path + "!/" + name;
  }

  @Override
  public byte[] read(FileListing.StoredFile file) throws DataException {
    String what = Names.printable(describe(file.name()));
    ZipEntry entry = zip.getEntry(file.name());
    if (entry == null) {
      throw new DataException(what + ": has vanished from the archive");
    }
    checkSize(what, entry);
    try (InputStream in = zip.getInputStream(entry)) {
      byte[] bytes = in.readNBytes((int) entry.getSize());
      CRC32 crc = new CRC32();
      crc.update(bytes);
      if (bytes.length != entry.getSize() || in.read() >= 0 || crc.getValue() != entry.getCrc()) {
        throw new BadImageException(
            what, "is damaged: its size or checksum contradicts the archive's directory");
      }
      return bytes;
    } catch (BadImageException e) {
      throw e;
    } catch (ZipException | EOFException e) {
      throw new BadImageException(what, "is damaged in the archive: " + e.getMessage());
    } catch (IOException e) {
      throw FileStore.unreadable(what, e);
    }
  }

  private static void checkSize(String what, ZipEntry entry) throws BadImageException {
    long size = entry.getSize();
    if (size > MAX_FILE_BYTES) {
      throw new BadImageException(
          what, "has " + size + " bytes, more than the allowed " + MAX_FILE_BYTES);
    }
    if (size > HARMLESS_BYTES && size / MAX_RATIO > entry.getCompressedSize()) {
      throw new BadImageException(
          what, "is packed more than " + MAX_RATIO + " to 1, as decompression bombs are");
    }
  }

  @Override
  public void close() throws DataException {
    try {
      zip.close();
    } catch (IOException e) {
      throw new DataException(path + ": cannot be closed: " + e, e);
    }
  }

  private static void closeQuietly(ZipFile zip, IOException failure) {
    if (zip != null) {
      try {
        zip.close();
      } catch (IOException e) {
        failure.addSuppressed(e);
      }
    }
  }
}

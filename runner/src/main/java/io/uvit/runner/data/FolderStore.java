package io.uvit.runner.data;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.EnumSet;

/** A folder with all folders below it; links are followed, circles refused. */
final class FolderStore implements FileStore {
  private final Path root;
  private final FileListing listing;

  private FolderStore(Path root, FileListing listing) {
    this.root = root;
    this.listing = listing;
  }

  static FolderStore open(Path root) throws DataException {
    FileListing listing = new FileListing();
    try {
      Files.walkFileTree(
          root,
          EnumSet.of(FileVisitOption.FOLLOW_LINKS),
          Integer.MAX_VALUE,
          new Lister(root, listing));
    } catch (IOException e) {
      throw FileStore.unreadable(root.toString(), e);
    }
    return new FolderStore(root, listing);
  }

  @Override
  public Path path() {
    return root;
  }

  @Override
  public FileListing listing() {
    return listing;
  }

  @Override
  public String describe(String name) {
    return root.resolve(name).toString();
  }

  @Override
  public byte[] read(FileListing.StoredFile file) throws DataException {
    if (file.bytes() > MAX_FILE_BYTES) {
      throw new BadImageException(
          describe(file.name()),
          "has " + file.bytes() + " bytes, more than the allowed " + MAX_FILE_BYTES);
    }
    try {
      return Files.readAllBytes(root.resolve(file.name()));
    } catch (IOException e) {
      throw FileStore.unreadable(describe(file.name()), e);
    }
  }

  @Override
  public void close() {}

  private static final class Lister extends SimpleFileVisitor<Path> {
    private final Path root;
    private final FileListing listing;

    Lister(Path root, FileListing listing) {
      this.root = root;
      this.listing = listing;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
      String name = relative(folder);
      if (!name.isEmpty() && FileListing.hidden(name)) {
        return FileVisitResult.SKIP_SUBTREE;
      }
      listing.addFolder(name);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      String name = relative(file);
      if (attributes.isRegularFile()) {
        listing.addFile(name, attributes.size());
      } else if (FileListing.isImage(name) && !FileListing.hidden(name)) {
        throw new IOException(
            file
                + " is no regular file"
                + (attributes.isSymbolicLink() ? " but a broken link" : ""));
      }
      return FileVisitResult.CONTINUE;
    }

    private String relative(Path path) {
      return root.relativize(path).toString().replace(path.getFileSystem().getSeparator(), "/");
    }
  }
}

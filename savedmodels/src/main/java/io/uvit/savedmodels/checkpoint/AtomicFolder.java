package io.uvit.savedmodels.checkpoint;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Writes folders, with folders in them, that are whole or absent: the content goes into a sibling
 * {@code .NAME.tmp-<pid>}, every file and folder is forced to the device, and one rename gives it
 * its name.
 *
 * <p>Where an existing folder is replaced it is first renamed to {@code .NAME.old-<pid>}, and back
 * if the second rename fails: a process killed between the two renames leaves both whole folders,
 * neither under the name.
 */
public final class AtomicFolder {
  private AtomicFolder() {}

  /** Writes the content of a folder. */
  @FunctionalInterface
  public interface Content {
    /** Writes files below {@code folder}, which exists and is empty. */
    void write(Path folder) throws IOException;
  }

  /** As the other method, on the default file system. */
  public static void write(Path target, boolean replace, Content content) throws IOException {
    write(FileOps.system(), target, replace, content);
  }

  /**
   * Writes a folder; durable when this returns. When this throws, what bore the name before still
   * does, and nothing else is left.
   *
   * @param target the folder; missing parents are made
   * @param replace whether an existing folder is replaced
   * @throws FileAlreadyExistsException if the target exists and is not to be replaced, or is no
   *     folder
   * @throws DiskFullException when there is no room
   * @throws UnwritableFolderException when the parent does not let this process write
   */
  public static void write(FileOps files, Path target, boolean replace, Content content)
      throws IOException {
    Path absolute = target.toAbsolutePath().normalize();
    boolean exists = Files.exists(absolute, LinkOption.NOFOLLOW_LINKS);
    if (exists && (!replace || !Files.isDirectory(absolute, LinkOption.NOFOLLOW_LINKS))) {
      throw new FileAlreadyExistsException(absolute.toString());
    }
    Path parent = absolute.getParent();
    CheckpointCleaner cleaner = new CheckpointCleaner(files, CheckpointListener.logging());
    Path temporary = sibling(absolute, "tmp");
    try {
      files.createDirectories(parent);
      deleteLeftovers(files, cleaner, absolute);
      files.createDirectory(temporary);
      content.write(temporary);
      sync(files, temporary);
      if (exists) {
        exchange(files, cleaner, temporary, absolute);
      } else {
        files.moveAtomically(temporary, absolute);
        files.syncDirectory(parent);
      }
    } catch (IOException | RuntimeException | Error e) {
      discard(files, cleaner, temporary, e);
      throw WriteErrors.named(parent, temporary, e);
    }
  }

  private static void exchange(
      FileOps files, CheckpointCleaner cleaner, Path temporary, Path target) throws IOException {
    Path old = sibling(target, "old");
    files.moveAtomically(target, old);
    try {
      files.moveAtomically(temporary, target);
    } catch (IOException e) {
      files.moveAtomically(old, target);
      throw e;
    }
    files.syncDirectory(target.getParent());
    cleaner.deleteFolder(old);
  }

  private static Path sibling(Path target, String kind) {
    return target.resolveSibling(
        "." + target.getFileName() + "." + kind + "-" + ProcessHandle.current().pid());
  }

  /**
   * Deletes unfinished folders of ended processes; replaced ones only while the target is there.
   */
  private static void deleteLeftovers(FileOps files, CheckpointCleaner cleaner, Path target)
      throws IOException {
    Pattern name =
        Pattern.compile(
            "\\." + Pattern.quote(target.getFileName().toString()) + "\\.(tmp|old)-([0-9]{1,18})");
    for (Path entry : files.list(target.getParent())) {
      Matcher matcher = name.matcher(entry.getFileName().toString());
      if (!matcher.matches() || !files.isDirectory(entry)) {
        continue;
      }
      boolean spare = matcher.group(1).equals("tmp") || files.isDirectory(target);
      long pid = Long.parseLong(matcher.group(2));
      boolean own = pid == ProcessHandle.current().pid();
      boolean runs = ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
      if (spare && (own || !runs)) {
        cleaner.deleteFolder(entry);
      }
    }
  }

  private static void sync(FileOps files, Path folder) throws IOException {
    for (Path entry : files.list(folder)) {
      if (files.isDirectory(entry)) {
        sync(files, entry);
      } else {
        files.sync(entry);
      }
    }
    files.syncDirectory(folder);
  }

  private static void discard(
      FileOps files, CheckpointCleaner cleaner, Path temporary, Throwable cause) {
    if (!files.isDirectory(temporary)) {
      return;
    }
    try {
      cleaner.deleteFolder(temporary);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }
}

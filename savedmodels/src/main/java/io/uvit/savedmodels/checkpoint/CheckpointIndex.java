package io.uvit.savedmodels.checkpoint;

import io.uvit.savedmodels.checkpoint.CheckpointListener.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Finds the checkpoints in a folder and tells whole ones from damaged ones. */
final class CheckpointIndex {
  private final Path root;
  private final FileOps files;
  private final CheckpointReader reader;
  private final CheckpointListener listener;

  CheckpointIndex(Path root, FileOps files, CheckpointReader reader, CheckpointListener listener) {
    this.root = root;
    this.files = files;
    this.reader = reader;
    this.listener = listener;
  }

  /** Returns the folders named as checkpoints, whole or not, newest first. */
  List<Path> folders() throws IOException {
    List<Path> folders = new ArrayList<>();
    for (Path entry : files.list(root)) {
      if (CheckpointNames.step(entry).isPresent() && files.isDirectory(entry)) {
        folders.add(entry);
      }
    }
    folders.sort(
        Comparator.comparingLong((Path p) -> CheckpointNames.step(p).getAsLong()).reversed());
    return folders;
  }

  Optional<Checkpoint> newest(boolean verify) throws IOException {
    reportLeftovers();
    CorruptCheckpointException first = null;
    for (Path folder : folders()) {
      try {
        return Optional.of(check(folder, verify));
      } catch (CorruptCheckpointException e) {
        listener.report(Kind.DAMAGED_SKIPPED, folder, "not whole, passed over: " + e.getMessage());
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    if (first != null) {
      throw first;
    }
    return Optional.empty();
  }

  private Checkpoint check(Path folder, boolean verify) throws IOException {
    Checkpoint checkpoint = verify ? reader.verify(folder) : reader.inspect(folder);
    String wanted = CheckpointNames.ofStep(checkpoint.step());
    if (!folder.endsWith(wanted)) {
      throw new CorruptCheckpointException(
          folder, "folder and manifest differ", folder.getFileName().toString(), wanted);
    }
    return checkpoint;
  }

  boolean isWhole(Path folder) throws IOException {
    try {
      check(folder, false);
      return true;
    } catch (CorruptCheckpointException e) {
      return false;
    }
  }

  private void reportLeftovers() throws IOException {
    for (Path entry : files.list(root)) {
      if (CheckpointNames.leftoverOf(entry).isPresent()) {
        listener.report(
            Kind.LEFTOVER_FOUND,
            entry,
            "unfinished checkpoint ignored; the next commit deletes it");
      }
    }
  }
}

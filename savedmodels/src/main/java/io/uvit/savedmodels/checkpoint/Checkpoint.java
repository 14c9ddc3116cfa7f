package io.uvit.savedmodels.checkpoint;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A checkpoint on disk.
 *
 * @param folder the folder that holds the manifest and the files
 * @param manifest what the folder holds
 */
public record Checkpoint(Path folder, CheckpointManifest manifest) {

  /**
   * Opens a checkpoint wherever it lies, and reads it whole to check every size and SHA-256. Files
   * beside those in the manifest are not looked at.
   *
   * @throws CorruptCheckpointException naming the first file that is missing or differs, or the
   *     folder when there is none
   * @throws UnsupportedCheckpointException when a newer program wrote it
   */
  public static Checkpoint open(Path folder) throws IOException {
    return new CheckpointReader(FileOps.system()).verify(folder);
  }

  /** As {@link #open}, but checks sizes only: for listing, not for loading. */
  public static Checkpoint inspect(Path folder) throws IOException {
    return new CheckpointReader(FileOps.system()).inspect(folder);
  }

  /** The number of finished training steps. */
  public long step() {
    return manifest.step();
  }

  /**
   * Returns the path of one of the checkpoint's files.
   *
   * @throws CorruptCheckpointException when the manifest does not list {@code name}
   */
  public Path file(String name) throws CorruptCheckpointException {
    if (!manifest.files().containsKey(name)) {
      throw new CorruptCheckpointException(
          folder.resolve(CheckpointManifest.FILE_NAME),
          "no entry for file " + name,
          manifest.files().keySet().toString(),
          name);
    }
    return folder.resolve(name);
  }
}

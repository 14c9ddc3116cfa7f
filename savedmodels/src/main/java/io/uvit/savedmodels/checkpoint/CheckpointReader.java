package io.uvit.savedmodels.checkpoint;

import io.uvit.savedmodels.checkpoint.CheckpointManifest.Entry;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Map;

/** Checks a checkpoint folder against its manifest. */
final class CheckpointReader {
  /** Far above any manifest; a bound so that a wrong file is not read into memory. */
  private static final int MAX_MANIFEST_BYTES = 16 << 20;

  private final FileOps files;

  CheckpointReader(FileOps files) {
    this.files = files;
  }

  /** Reads the manifest and checks that every file is there with its size. */
  Checkpoint inspect(Path folder) throws IOException {
    CheckpointManifest manifest = manifest(folder);
    for (Map.Entry<String, Entry> entry : manifest.files().entrySet()) {
      Path file = folder.resolve(entry.getKey());
      long wanted = entry.getValue().bytes();
      if (!files.isRegularFile(file)) {
        throw new CorruptCheckpointException(file, "file missing", "none", wanted + " bytes");
      }
      long found = files.size(file);
      if (found != wanted) {
        throw new CorruptCheckpointException(
            file, "size differs", found + " bytes", wanted + " bytes");
      }
    }
    return new Checkpoint(folder, manifest);
  }

  /** As {@link #inspect}, and checks every file's SHA-256. */
  Checkpoint verify(Path folder) throws IOException {
    Checkpoint checkpoint = inspect(folder);
    for (Map.Entry<String, Entry> entry : checkpoint.manifest().files().entrySet()) {
      Path file = folder.resolve(entry.getKey());
      String found = Digests.ofFile(files, file);
      String wanted = entry.getValue().sha256();
      if (!found.equals(wanted)) {
        throw new CorruptCheckpointException(file, "SHA-256 differs", found, wanted);
      }
    }
    return checkpoint;
  }

  private CheckpointManifest manifest(Path folder) throws IOException {
    if (!files.isDirectory(folder)) {
      throw new CorruptCheckpointException(
          folder, "no checkpoint", "no such folder", "a folder with a manifest");
    }
    Path path = folder.resolve(CheckpointManifest.FILE_NAME);
    if (!files.isRegularFile(path)) {
      throw new CorruptCheckpointException(path, "manifest missing", "no file", "a manifest");
    }
    try (InputStream in = files.open(path)) {
      byte[] bytes = in.readNBytes(MAX_MANIFEST_BYTES + 1);
      if (bytes.length > MAX_MANIFEST_BYTES) {
        throw new CorruptCheckpointException(
            path, "too large", "over " + MAX_MANIFEST_BYTES + " bytes", "a manifest");
      }
      return ManifestJson.read(path, bytes);
    }
  }
}

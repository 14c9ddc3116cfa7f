package io.uvit.savedmodels.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFilesTest {
  @TempDir Path folder;

  @Test
  void createsAndReplacesAndLeavesNothingElse() throws IOException {
    Path file = folder.resolve("experiment.textproto");
    Files.writeString(
        folder.resolve(".experiment.textproto.tmp-" + ProcessHandle.current().pid()), "stale");
    AtomicFiles.write(file, "one".getBytes(StandardCharsets.UTF_8));
    AtomicFiles.write(file, "2".getBytes(StandardCharsets.UTF_8));
    assertEquals("2", Files.readString(file));
    try (Stream<Path> entries = Files.list(folder)) {
      assertEquals(1, entries.count());
    }
  }

  @Test
  void missingFolderIsAnError() {
    assertThrows(
        NoSuchFileException.class,
        () -> AtomicFiles.write(folder.resolve("none/file"), new byte[1]));
  }
}

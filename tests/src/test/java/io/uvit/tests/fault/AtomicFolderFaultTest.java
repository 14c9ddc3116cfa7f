package io.uvit.tests.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.savedmodels.checkpoint.AtomicFolder;
import io.uvit.savedmodels.checkpoint.DiskFullException;
import io.uvit.savedmodels.checkpoint.FileOps;
import io.uvit.tests.fault.FaultyFileOps.Fault;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A folder is whole or absent whichever operation fails. */
class AtomicFolderFaultTest {
  @TempDir Path root;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anySingleFailureLeavesOldOrNew(boolean replace) throws IOException {
    int operations = count(replace);
    assertTrue(operations >= 9, "only " + operations + " operations");
    for (int i = 0; i < operations; i++) {
      Path parent = parent("once-" + replace + i, replace);
      FaultyFileOps files = new FaultyFileOps(Fault.ONCE, i);
      try {
        write(files, parent.resolve("m"), replace);
      } catch (IOException e) {
        // The caller hears of it; what matters is what is on the disk.
      }
      assertTrue(files.struck(), "operation " + i + " was not reached");
      String found = content(parent.resolve("m"));
      assertTrue(found.equals("new") || found.equals(replace ? "old" : "absent"), i + ": " + found);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Fault.class,
      names = {"DISK_FULL", "DEAD"})
  void nothingIsHalfThereAndTheNextWriteCleansUp(Fault fault) throws IOException {
    int operations = count(false);
    for (int i = 0; i < operations; i++) {
      Path parent = parent(fault.toString() + i, false);
      FaultyFileOps files = new FaultyFileOps(fault, i);
      try {
        write(files, parent.resolve("m"), false);
      } catch (DiskFullException e) {
        assertEquals(Fault.DISK_FULL, fault);
      } catch (IOException e) {
        assertEquals(Fault.DEAD, fault);
      }
      String found = content(parent.resolve("m"));
      assertTrue(found.equals("new") || found.equals("absent"), i + ": " + found);
      write(FileOps.system(), parent.resolve("m"), true);
      assertEquals("new", content(parent.resolve("m")));
      assertEquals(List.of("m"), names(parent));
    }
  }

  @Test
  void aFailingContentLeavesTheOldFolder() throws IOException {
    Path parent = parent("content", true);
    assertThrows(
        IllegalStateException.class,
        () ->
            AtomicFolder.write(
                parent.resolve("m"),
                true,
                folder -> {
                  Files.writeString(folder.resolve("half"), "half");
                  throw new IllegalStateException("no more");
                }));
    assertEquals("old", content(parent.resolve("m")));
    assertEquals(List.of("m"), names(parent));
  }

  private int count(boolean replace) throws IOException {
    FaultyFileOps recording = FaultyFileOps.recording();
    write(recording, parent("count-" + replace + System.nanoTime(), replace).resolve("m"), replace);
    return recording.calls().size();
  }

  private Path parent(String name, boolean withOld) throws IOException {
    Path parent = Files.createDirectories(root.resolve(name));
    if (withOld) {
      Files.writeString(Files.createDirectory(parent.resolve("m")).resolve("file"), "old");
    }
    return parent;
  }

  private static void write(FileOps files, Path target, boolean replace) throws IOException {
    AtomicFolder.write(
        files,
        target,
        replace,
        folder -> {
          files.createDirectory(folder.resolve("sub"));
          for (Path file : List.of(folder.resolve("file"), folder.resolve("sub/file"))) {
            try (OutputStream out = files.create(file)) {
              out.write("new".getBytes(StandardCharsets.US_ASCII));
            }
          }
        });
  }

  /** "new" only when all files are. */
  private static String content(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return "absent";
    }
    String text = Files.readString(folder.resolve("file"));
    Path second = folder.resolve("sub/file");
    return text.equals("new") && !(Files.exists(second) && Files.readString(second).equals("new"))
        ? "half"
        : text;
  }

  private static List<String> names(Path parent) throws IOException {
    try (Stream<Path> entries = Files.list(parent)) {
      return entries.map(p -> p.getFileName().toString()).sorted().toList();
    }
  }
}

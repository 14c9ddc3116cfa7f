package io.uvit.tests.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.uvit.savedmodels.checkpoint.AtomicFiles;
import io.uvit.savedmodels.checkpoint.Checkpoint;
import io.uvit.savedmodels.checkpoint.CheckpointFolder;
import io.uvit.savedmodels.checkpoint.CheckpointStore;
import io.uvit.savedmodels.checkpoint.CorruptCheckpointException;
import io.uvit.savedmodels.checkpoint.DiskFullException;
import io.uvit.savedmodels.checkpoint.FileOps;
import io.uvit.tests.fault.FaultyFileOps.Call;
import io.uvit.tests.fault.FaultyFileOps.Fault;
import io.uvit.tests.fault.FaultyFileOps.Op;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Fails every file operation of a commit, and of pruning, in turn: each checkpoint is all or none.
 */
class CheckpointFaultTest {
  private static final int KEPT_STEPS = 3;

  @TempDir Path temp;

  private static CheckpointStore store(Path runDir, FileOps files) {
    return CheckpointStore.builder(runDir)
        .fileOps(files)
        .listener((kind, folder, detail) -> {})
        .build();
  }

  /** Three files whose bytes depend on the step, one of them in several writes. */
  private static void write(CheckpointFolder folder, long step) throws IOException {
    folder.write("weights.bin", content(step, 3000));
    try (OutputStream out = folder.newFile("slots.bin")) {
      for (int i = 0; i < 3; i++) {
        out.write(content(step + i, 500));
      }
    }
    Files.write(folder.path().resolve("by_path.bin"), content(step, 70));
    folder.fact("step", Long.toString(step));
  }

  private static byte[] content(long seed, int length) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) (seed * 31 + 7));
    return bytes;
  }

  private static void assertHolds(Checkpoint checkpoint, long step) throws IOException {
    assertEquals(step, checkpoint.step());
    assertEquals(Long.toString(step), checkpoint.manifest().facts().get("step"));
    assertEquals(3, checkpoint.manifest().files().size());
    assertTrue(
        Arrays.equals(content(step, 3000), Files.readAllBytes(checkpoint.file("weights.bin"))));
  }

  /** Three checkpoints, written once and then copied: forcing to the device takes its time. */
  private Path runWithThreeCheckpoints(String name) throws IOException {
    Path original = temp.resolve("original");
    if (!Files.exists(original)) {
      CheckpointStore good = store(original, FileOps.system());
      for (long step = 1; step <= KEPT_STEPS; step++) {
        long s = step;
        good.commit(step, folder -> write(folder, s));
      }
    }
    Path runDir = temp.resolve(name);
    try (Stream<Path> entries = Files.walk(original)) {
      for (Path entry : entries.toList()) {
        Files.copy(entry, runDir.resolve(original.relativize(entry).toString()));
      }
    }
    return runDir;
  }

  private static void assertEarlierOnesLoad(Path runDir) throws IOException {
    for (long step = 1; step <= KEPT_STEPS; step++) {
      assertHolds(
          Checkpoint.open(runDir.resolve("checkpoints").resolve("step-%06d".formatted(step))),
          step);
    }
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void everyOperationOfACommitMayFail(Fault fault) throws IOException {
    int failed = 0;
    boolean finished = false;
    for (int at = 0; !finished; at++) {
      Path runDir = runWithThreeCheckpoints("run-" + at);
      FaultyFileOps files = new FaultyFileOps(fault, at);
      CheckpointStore faulty = store(runDir, files);
      boolean threw = commitThrows(faulty, fault, files);
      assertEarlierOnesLoad(runDir);
      CheckpointStore good = store(runDir, FileOps.system());
      Checkpoint newest = good.openLatest().orElseThrow();
      if (!threw || newest.step() == 4) {
        // Whole: no operation failed, or only one after the rename or one that may.
        assertHolds(newest, 4);
      } else {
        assertHolds(newest, KEPT_STEPS);
      }
      good.commit(5, folder -> write(folder, 5));
      assertHolds(good.openLatest().orElseThrow(), 5);
      assertOnlyCheckpoints(good.root());
      failed += threw ? 1 : 0;
      finished = !files.struck();
    }
    assertTrue(failed >= 15, "only " + failed + " operations failed: is the seam still in use?");
  }

  private static boolean commitThrows(CheckpointStore store, Fault fault, FaultyFileOps files) {
    try {
      store.commit(4, 1000, folder -> write(folder, 4));
      return false;
    } catch (IOException e) {
      assertTrue(files.struck(), "failed by itself: " + e);
      if (fault == Fault.DISK_FULL) {
        assertInstanceOf(DiskFullException.class, e);
      }
      return true;
    }
  }

  private static void assertOnlyCheckpoints(Path root) throws IOException {
    try (Stream<Path> entries = Files.list(root)) {
      List<String> others =
          entries
              .map(p -> p.getFileName().toString())
              .filter(name -> !name.matches("step-\\d{6}"))
              .toList();
      assertEquals(List.of(), others);
    }
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void everyOperationOfPruningMayFail(Fault fault) throws IOException {
    // The commit's own operations are counted once, so that faults start right after them.
    FaultyFileOps counting = FaultyFileOps.recording();
    Path counted = runWithThreeCheckpoints("counted");
    store(counted, counting).commit(4, folder -> write(folder, 4));
    boolean finished = false;
    for (int at = counting.calls().size(); !finished; at++) {
      Path runDir = runWithThreeCheckpoints("prune-" + at);
      FaultyFileOps files = new FaultyFileOps(fault, at);
      CheckpointStore faulty = store(runDir, files);
      faulty.commit(4, folder -> write(folder, 4));
      try {
        faulty.prune(2, 0);
        assertFalse(files.struck());
        assertEquals(2, faulty.folders().size());
      } catch (IOException e) {
        assertTrue(files.struck(), "failed by itself: " + e);
      }
      CheckpointStore good = store(runDir, FileOps.system());
      List<Path> left = good.folders();
      assertTrue(left.size() >= 2, left.toString());
      for (Path folder : left) {
        Checkpoint checkpoint = Checkpoint.open(folder);
        assertHolds(checkpoint, checkpoint.step());
      }
      assertHolds(good.openLatest().orElseThrow(), 4);
      good.commit(5, folder -> write(folder, 5));
      assertOnlyCheckpoints(good.root());
      finished = !files.struck();
    }
  }

  @Test
  void everythingIsForcedBeforeTheRenameAndTheParentAfterIt() throws IOException {
    FaultyFileOps files = FaultyFileOps.recording();
    Path target = store(temp, files).commit(4, folder -> write(folder, 4));
    List<Call> calls = files.calls();
    Path temporary =
        target.resolveSibling(target.getFileName() + ".tmp-" + ProcessHandle.current().pid());
    int rename = calls.indexOf(new Call(Op.MOVE, target));
    for (String name : List.of("weights.bin", "slots.bin", "by_path.bin", "manifest.json")) {
      Path file = temporary.resolve(name);
      int sync = calls.indexOf(new Call(Op.SYNC, file));
      assertTrue(sync > calls.lastIndexOf(new Call(Op.WRITE, file)), name + ": " + calls);
      assertTrue(sync < calls.indexOf(new Call(Op.SYNC_DIRECTORY, temporary)), name);
    }
    assertEquals(new Call(Op.SYNC_DIRECTORY, temporary), calls.get(rename - 1));
    assertEquals(new Call(Op.SYNC_DIRECTORY, target.getParent()), calls.get(rename + 1));
  }

  @Test
  void everyRegionOfEveryFileIsChecked() throws IOException {
    Path runDir = runWithThreeCheckpoints("flip");
    Path folder = runDir.resolve("checkpoints").resolve("step-000002");
    for (String name : List.of("weights.bin", "slots.bin", "by_path.bin")) {
      Path file = folder.resolve(name);
      byte[] good = Files.readAllBytes(file);
      for (int i = 0; i < good.length; i += Math.max(1, good.length / 37)) {
        byte[] bad = good.clone();
        bad[i] ^= (byte) (1 << (i % 8));
        Files.write(file, bad);
        CorruptCheckpointException e =
            assertThrows(CorruptCheckpointException.class, () -> Checkpoint.open(folder));
        assertEquals(file, e.file());
        assertEquals("SHA-256 differs", e.getMessage().split(": |,")[1]);
      }
      Files.write(file, Arrays.copyOf(good, good.length - 1));
      CorruptCheckpointException e =
          assertThrows(CorruptCheckpointException.class, () -> Checkpoint.open(folder));
      assertEquals((good.length - 1) + " bytes", e.found());
      assertEquals(good.length + " bytes", e.wanted());
      Files.write(file, good);
    }
    assertHolds(Checkpoint.open(folder), 2);
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void everyOperationOfAnAtomicFileMayFail(Fault fault) throws IOException {
    byte[] before = "the old text".getBytes(StandardCharsets.UTF_8);
    byte[] after = "the new text, longer".getBytes(StandardCharsets.UTF_8);
    boolean finished = false;
    for (int at = 0; !finished; at++) {
      Path file = temp.resolve("small-" + at);
      AtomicFiles.write(file, before);
      FaultyFileOps files = new FaultyFileOps(fault, at);
      boolean threw = false;
      try {
        AtomicFiles.write(files, file, after);
      } catch (IOException e) {
        threw = true;
        assertEquals(fault == Fault.DISK_FULL, e instanceof DiskFullException, e.toString());
      }
      byte[] found = Files.readAllBytes(file);
      assertTrue(Arrays.equals(found, after) || (threw && Arrays.equals(found, before)));
      finished = !files.struck();
      assertEquals(threw, files.struck());
      AtomicFiles.write(file, after);
      assertTrue(Arrays.equals(Files.readAllBytes(file), after));
    }
  }

  @Test
  void diskFullIsKnownByThePlatformsOwnError() throws IOException {
    Path full = Path.of("/dev/full"); // every write to this device fails as on a full disk
    assumeTrue(Files.exists(full), "skipped: this platform has no /dev/full");
    Path runDir = runWithThreeCheckpoints("full");
    CheckpointStore store = store(runDir, FileOps.system());
    assertThrows(
        DiskFullException.class,
        () ->
            store.commit(
                4,
                folder -> {
                  folder.write("weights.bin", content(4, 3000));
                  Files.write(full, content(4, 10));
                }));
    assertEarlierOnesLoad(runDir);
    assertHolds(store.latest().orElseThrow(), KEPT_STEPS);
    assertOnlyCheckpoints(store.root());
  }
}

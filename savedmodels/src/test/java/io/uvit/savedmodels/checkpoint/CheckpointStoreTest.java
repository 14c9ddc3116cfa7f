package io.uvit.savedmodels.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.uvit.savedmodels.checkpoint.CheckpointListener.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointStoreTest {
  private static final Instant NOW = Instant.parse("2026-02-03T04:05:06Z");

  @TempDir Path runDir;
  private final List<Kind> reports = new ArrayList<>();

  private CheckpointStore store() {
    return CheckpointStore.builder(runDir)
        .product("1.2.3")
        .clock(Clock.fixed(NOW, ZoneOffset.UTC))
        .listener((kind, folder, detail) -> reports.add(kind))
        .build();
  }

  private static CheckpointWriter files(String... namesAndTexts) {
    return folder -> {
      for (int i = 0; i < namesAndTexts.length; i += 2) {
        folder.write(namesAndTexts[i], bytes(namesAndTexts[i + 1]));
      }
    };
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private Path folder(long step) {
    return runDir.resolve("checkpoints").resolve("step-%06d".formatted(step));
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.map(p -> p.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void committedCheckpointHoldsFilesAndManifest() throws IOException {
    Path committed =
        store()
            .commit(
                500,
                folder -> {
                  folder.write("weights.bin", bytes("abc"));
                  Files.write(folder.path().resolve("by_path.bin"), bytes("wxyz"));
                  folder.fact("seed", "1234");
                });
    assertEquals(folder(500), committed);
    Checkpoint checkpoint = store().open(committed);
    CheckpointManifest manifest = checkpoint.manifest();
    assertEquals(500, checkpoint.step());
    assertEquals(NOW, manifest.created());
    assertEquals("1.2.3", manifest.product());
    assertEquals("{seed=1234}", manifest.facts().toString());
    assertEquals(List.of("by_path.bin", "weights.bin"), List.copyOf(manifest.files().keySet()));
    assertEquals(7, manifest.totalBytes());
    assertEquals(
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", // FIPS 180-2, "abc"
        manifest.files().get("weights.bin").sha256());
    assertArrayEquals(bytes("abc"), Files.readAllBytes(checkpoint.file("weights.bin")));
    assertEquals(List.of("by_path.bin", "manifest.json", "weights.bin"), names(committed));
    assertThrows(CorruptCheckpointException.class, () -> checkpoint.file("ema.bin"));
  }

  @Test
  void latestIsTheHighestStepNotTheLastWritten() throws IOException {
    CheckpointStore store = store();
    assertTrue(store.latest().isEmpty());
    store.commit(1_000_000, files("a", "1"));
    store.commit(999_999, files("a", "2"));
    assertEquals(1_000_000, store.latest().orElseThrow().step());
    assertEquals(List.of(folder(1_000_000), folder(999_999)), store.folders());
  }

  @Test
  void damagedNewestIsReportedAndThePreviousUsed() throws IOException {
    CheckpointStore store = store();
    store.commit(1, files("a", "one"));
    store.commit(2, files("a", "two"));
    Files.write(folder(2).resolve("a"), bytes("tw"));
    assertEquals(1, store.latest().orElseThrow().step());
    assertEquals(List.of(Kind.DAMAGED_SKIPPED), reports);
  }

  @Test
  void changedByteIsFoundWhenOpenedAndOpenLatestFallsBack() throws IOException {
    CheckpointStore store = store();
    store.commit(1, files("a", "one"));
    store.commit(2, files("a", "two"));
    Files.write(folder(2).resolve("a"), bytes("twp"));
    CorruptCheckpointException e =
        assertThrows(CorruptCheckpointException.class, () -> store.open(folder(2)));
    assertEquals(folder(2).resolve("a"), e.file());
    assertTrue(e.getMessage().contains(e.found()) && e.getMessage().contains(e.wanted()));
    assertEquals(1, store.openLatest().orElseThrow().step());
  }

  @Test
  void onlyDamagedCheckpointsIsAnErrorNotAFreshStart() throws IOException {
    CheckpointStore store = store();
    store.commit(1, files("a", "one"));
    store.commit(2, files("a", "two"));
    Files.delete(folder(1).resolve("a"));
    Files.delete(folder(2).resolve(CheckpointManifest.FILE_NAME));
    CorruptCheckpointException e = assertThrows(CorruptCheckpointException.class, store::latest);
    assertEquals(folder(2).resolve(CheckpointManifest.FILE_NAME), e.file());
    assertEquals(1, e.getSuppressed().length);
  }

  @Test
  void folderUnderAnotherStepsNameIsDamaged() throws IOException {
    CheckpointStore store = store();
    store.commit(1, files("a", "one"));
    Files.move(folder(1), folder(7));
    assertThrows(CorruptCheckpointException.class, store::latest);
  }

  @Test
  void everyChangedByteOfTheManifestIsNoticed() throws IOException {
    store().commit(1, folder -> folder.fact("seed", "1234"));
    Path manifest = folder(1).resolve(CheckpointManifest.FILE_NAME);
    byte[] good = Files.readAllBytes(manifest);
    Checkpoint before = Checkpoint.open(folder(1));
    for (int i = 0; i < good.length; i++) {
      byte[] bad = good.clone();
      bad[i] ^= 1;
      Files.write(manifest, bad);
      try {
        // White space between tokens may change into other white space; nothing else may.
        assertEquals(before, Checkpoint.open(folder(1)), "byte " + i);
        assertTrue(Character.isWhitespace(good[i]), "byte " + i + " " + (char) good[i]);
      } catch (CorruptCheckpointException e) {
        assertTrue(e.getMessage().contains("manifest.json"), e.getMessage());
      }
      if (i == good.length - 1) {
        continue; // without its last line end the manifest is still whole
      }
      Files.write(manifest, Arrays.copyOf(good, i));
      assertThrows(CorruptCheckpointException.class, () -> Checkpoint.open(folder(1)));
    }
  }

  @Test
  void newerFormatIsNamedNotSkipped() throws IOException {
    CheckpointStore store = store();
    store.commit(1, files("a", "1"));
    store.commit(2, files("a", "1"));
    Path path = folder(2).resolve(CheckpointManifest.FILE_NAME);
    JsonObject json = JsonParser.parseString(Files.readString(path)).getAsJsonObject();
    json.addProperty("version", 2);
    json.remove("checksum");
    json.addProperty("checksum", Digests.ofText(json.toString()));
    Files.writeString(path, json.toString());
    UnsupportedCheckpointException e =
        assertThrows(UnsupportedCheckpointException.class, store::latest);
    assertTrue(e.getMessage().contains("found version 2 (written by 1.2.3)"), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"../x", "a/b", "a\\b", "/etc/passwd", "", ".hidden", "manifest.json", "ü"})
  void onlyPlainFileNamesAreWritten(String name) {
    assertThrows(
        IllegalArgumentException.class,
        () -> store().commit(1, folder -> folder.write(name, bytes("x"))));
    assertFalse(Files.exists(folder(1)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"../../secret", "a/b", "/etc/passwd", "..", "manifest.json"})
  void onlyPlainFileNamesAreRead(String name) throws IOException {
    TreeMap<String, CheckpointManifest.Entry> files = new TreeMap<>();
    files.put(name, new CheckpointManifest.Entry(1, "0".repeat(64)));
    CheckpointManifest hostile = new CheckpointManifest(1, NOW, "x", files, new TreeMap<>());
    Files.createDirectories(folder(1));
    Files.write(folder(1).resolve(CheckpointManifest.FILE_NAME), ManifestJson.write(hostile));
    CorruptCheckpointException e =
        assertThrows(CorruptCheckpointException.class, () -> Checkpoint.open(folder(1)));
    assertEquals(name, e.found());
    assertEquals("a plain file name", e.wanted());
  }

  @Test
  void wholeStepIsNeverOverwritten() throws IOException {
    CheckpointStore store = store();
    store.commit(1, files("a", "first"));
    assertThrows(CheckpointExistsException.class, () -> store.commit(1, files("a", "second")));
    assertEquals("first", Files.readString(folder(1).resolve("a")));
  }

  @Test
  void damagedStepIsSetAsideForANewOne() throws IOException {
    CheckpointStore store = store();
    for (int k = 1; k <= 2; k++) {
      store.commit(1, files("a", "first"));
      Files.write(folder(1).resolve("a"), bytes("fjrst")); // same size, other content
    }
    store.commit(1, files("a", "third"));
    assertEquals("third", Files.readString(folder(1).resolve("a")));
    assertEquals(
        List.of("step-000001", "step-000001.damaged-1", "step-000001.damaged-2"),
        names(store.root()));
    assertEquals(List.of(Kind.DAMAGED_SET_ASIDE, Kind.DAMAGED_SET_ASIDE), reports);
  }

  @Test
  void failingWriterLeavesNothing() throws IOException {
    CheckpointStore store = store();
    store.commit(1, files("a", "1"));
    assertThrows(
        IllegalStateException.class,
        () ->
            store.commit(
                2,
                folder -> {
                  folder.write("a", bytes("2"));
                  throw new IllegalStateException("boom");
                }));
    assertThrows(
        IllegalStateException.class,
        () -> {
          @SuppressWarnings("resource") // left open on purpose
          CheckpointWriter leaky = folder -> folder.newFile("a").write(1);
          store.commit(2, leaky);
        });
    assertThrows(
        IOException.class,
        () -> store.commit(2, folder -> Files.createDirectory(folder.path().resolve("sub"))));
    assertThrows(
        FileAlreadyExistsException.class, () -> store.commit(2, files("a", "once", "a", "twice")));
    assertThrows(
        IOException.class,
        () ->
            store.commit(
                2,
                folder -> {
                  folder.write("a", bytes("2"));
                  Files.write(folder.path().resolve("a"), bytes("changed afterwards"));
                }));
    assertEquals(List.of("step-000001"), names(store.root()));
  }

  @Test
  void leftoversOfEndedProcessesAreDeletedAndOthersKept() throws Exception {
    CheckpointStore store = store();
    Process ended = new ProcessBuilder("true").start();
    ended.waitFor();
    long self = ProcessHandle.current().pid();
    long other = ProcessHandle.current().parent().orElseThrow().pid();
    for (String name :
        List.of(
            "step-000003.tmp-" + ended.pid(),
            "step-000004.tmp-" + self,
            "step-000001.old-" + ended.pid(),
            "step-000005.tmp-" + other,
            "notes")) {
      Files.createDirectories(store.root().resolve(name));
      Files.write(store.root().resolve(name).resolve("part"), bytes("x"));
    }
    assertTrue(store.latest().isEmpty());
    assertEquals(4, reports.stream().filter(k -> k == Kind.LEFTOVER_FOUND).count());
    store.commit(6, files("a", "1"));
    assertEquals(List.of("notes", "step-000005.tmp-" + other, "step-000006"), names(store.root()));
  }

  @Test
  void pruneKeepsTheLastAndEveryNthAndLeavesDamagedOnes() throws IOException {
    CheckpointStore store = store();
    for (long step = 100; step <= 700; step += 100) {
      store.commit(step, files("a", "1"));
    }
    Files.delete(folder(600).resolve("a"));
    assertEquals(List.of(folder(400), folder(200), folder(100)), store.prune(2, 300));
    assertEquals(
        List.of("step-000300", "step-000500", "step-000600", "step-000700"), names(store.root()));
    assertThrows(IllegalStateException.class, () -> store.prune(1, 0));
    assertThrows(IllegalStateException.class, () -> store().prune(1, 0));
    assertThrows(IllegalArgumentException.class, () -> store.prune(0, 0));
    store.commit(800, files("a", "1"));
    store.prune(1, 0);
    assertEquals(List.of("step-000600", "step-000800"), names(store.root()));
  }

  @Test
  void tooLittleSpaceIsSaidBeforeAnythingIsWritten() {
    DiskFullException e =
        assertThrows(
            DiskFullException.class,
            () ->
                store()
                    .commit(
                        1,
                        Long.MAX_VALUE >> 1,
                        folder -> {
                          throw new AssertionError("must not be called");
                        }));
    assertTrue(e.getMessage().contains("wanted 4,611,"), e.getMessage());
    assertFalse(Files.exists(folder(1)));
  }

  @Test
  void fileInTheWayIsAClearError() throws IOException {
    Files.write(runDir.resolve("checkpoints"), bytes("x"));
    UnwritableFolderException e =
        assertThrows(UnwritableFolderException.class, () -> store().commit(1, files("a", "1")));
    assertTrue(e.getMessage().startsWith("cannot write in " + runDir), e.getMessage());
  }

  @Test
  void missingFolderIsNoCheckpoint() {
    CorruptCheckpointException e =
        assertThrows(CorruptCheckpointException.class, () -> Checkpoint.open(folder(9)));
    assertEquals("no such folder", e.found());
  }
}

package io.uvit.tests.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.savedmodels.checkpoint.Checkpoint;
import io.uvit.savedmodels.checkpoint.CheckpointStore;
import io.uvit.savedmodels.checkpoint.RunLock;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills a process that commits without pause, at random times: what is found after is whole. */
class KilledProcessTest {
  private static final int KILLS = 10;
  private static final int FILES = 3;
  private static final int LONGS_A_FILE = 1 << 15;

  @TempDir Path runDir;

  /** Commits and prunes until it is killed; says each committed step. */
  static final class Committer {
    private Committer() {}

    public static void main(String[] args) throws IOException {
      Path runDir = Path.of(args[0]);
      try (RunLock lock = RunLock.acquire(runDir)) {
        CheckpointStore store =
            CheckpointStore.builder(runDir).listener((kind, folder, detail) -> {}).build();
        long step = store.openLatest().map(Checkpoint::step).orElse(0L) + 1;
        for (; lock != null; step++) {
          long s = step;
          store.commit(
              step,
              folder -> {
                for (int i = 0; i < FILES; i++) {
                  try (OutputStream out = folder.newFile("part-" + i)) {
                    out.write(content(s, i));
                  }
                }
              });
          System.out.println(step);
          store.prune(2, 0);
        }
      }
    }
  }

  private static byte[] content(long step, int part) {
    ByteBuffer bytes = ByteBuffer.allocate(LONGS_A_FILE * Long.BYTES);
    Random random = new Random(step * FILES + part);
    while (bytes.hasRemaining()) {
      bytes.putLong(random.nextLong());
    }
    return bytes.array();
  }

  @Test
  void latestIsWholeAfterEveryKill() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    long before = 0;

    for (int kill = 0; kill < KILLS; kill++) {
      long said = runAndKill(random.nextInt(150));
      List<Path> found = new ArrayList<>();
      CheckpointStore store =
          CheckpointStore.builder(runDir).listener((kind, f, detail) -> found.add(f)).build();
      Checkpoint latest = store.openLatest().orElseThrow();
      String context = "seed %d, kill %d, said %d, found %s".formatted(seed, kill, said, latest);
      assertTrue(latest.step() >= said && latest.step() <= said + 1, context);
      assertTrue(latest.step() > before, context);
      for (int i = 0; i < FILES; i++) {
        assertEquals(
            -1,
            Arrays.mismatch(
                content(latest.step(), i), Files.readAllBytes(latest.file("part-" + i))),
            context);
      }
      for (Path folder : store.folders()) {
        Checkpoint.open(folder);
      }
      before = latest.step();

      assertTrue(found.size() <= 2, found.toString());
    }
  }

  /** Returns the last step the process said it committed before it was killed. */
  private long runAndKill(int afterMillis) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Committer.class.getName(),
                runDir.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (var reader = process.inputReader()) {
      String line = reader.readLine();
      assertTrue(line != null, "the process ended before its first commit");
      Thread.sleep(afterMillis);
      process.toHandle().destroyForcibly(); // Process's own method would close its output too
      String last = line;
      for (line = reader.readLine(); line != null; line = reader.readLine()) {
        last = line;
      }
      process.waitFor();
      assertEquals(128 + 9, process.exitValue(), "the process was not killed but ended");
      return Long.parseLong(last);
    } finally {
      process.destroyForcibly();
    }
  }
}

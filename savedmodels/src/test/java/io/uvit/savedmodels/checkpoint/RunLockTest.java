package io.uvit.savedmodels.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunLockTest {
  @TempDir Path runDir;

  /** A second process: takes the lock and waits for its input to end, or says why it cannot. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] args) throws IOException {
      try (RunLock lock = RunLock.acquire(Path.of(args[0]))) {
        System.out.println("held " + lock);
        while (System.in.read() >= 0) {}
      } catch (RunLockedException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  private static Process start(Path runDir) throws IOException {
    return new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName(),
                runDir.toString()))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  @Test
  void sameProcessIsRefusedUntilReleased() throws IOException {
    Path alias = runDir.resolveSibling(runDir.getFileName() + "-alias");
    Files.createSymbolicLink(alias, runDir);
    try (RunLock lock = RunLock.acquire(runDir)) {
      RunLockedException e = assertThrows(RunLockedException.class, () -> RunLock.acquire(alias));
      assertTrue(e.getMessage().contains("process " + ProcessHandle.current().pid()));
      lock.close(); // and again at the end of the block
    } finally {
      Files.delete(alias);
    }
    RunLock.acquire(runDir).close();
  }

  @Test
  void otherProcessIsRefusedAndTheHolderNamed() throws Exception {
    try (RunLock lock = RunLock.acquire(runDir)) {
      assertThrows(RunLockedException.class, () -> RunLock.acquire(runDir));
      // The refusal above must not have dropped the lock of this process.
      Process second = start(runDir);
      try (var reader = second.inputReader()) {
        String said = reader.readLine();
        assertTrue(
            said.contains("in use by process " + ProcessHandle.current().pid() + " on "), said);
      }
      assertTrue(second.waitFor(30, TimeUnit.SECONDS));
      assertEquals(0, second.exitValue(), lock.toString());
    }
  }

  @Test
  void lockEndsWithItsProcessHoweverItEnds() throws Exception {
    Process holder = start(runDir);
    try (var reader = holder.inputReader()) {
      assertTrue(reader.readLine().startsWith("held"));
      RunLockedException e = assertThrows(RunLockedException.class, () -> RunLock.acquire(runDir));
      assertTrue(e.getMessage().contains("process " + holder.pid() + " on "), e.getMessage());
    }
    holder.destroyForcibly().waitFor();
    RunLock.acquire(runDir).close();
  }

  @Test
  void missingDirectoryIsAnError() {
    assertThrows(NoSuchFileException.class, () -> RunLock.acquire(runDir.resolve("none")));
  }
}

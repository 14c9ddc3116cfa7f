package io.uvit.tests.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.uvit.runner.cli.ExitCode;
import io.uvit.runner.metrics.MetricsLog;
import io.uvit.runner.train.RunDirectory;
import io.uvit.savedmodels.checkpoint.Checkpoint;
import io.uvit.savedmodels.checkpoint.CheckpointStore;
import io.uvit.tests.cli.Cli;
import io.uvit.tests.cli.CliProcess;
import io.uvit.tests.cli.CliResult;
import io.uvit.tests.cli.InProcess;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Signals to a training process: the first stops it after a checkpoint, the second at once. */
@Timeout(180)
class SignalTest {
  private static final int SIGINT = 2;

  @TempDir Path folder;

  @Test
  void aSignalEndsTheRunAfterACheckpointToGoOnFrom() throws Exception {
    Path run = folder.resolve("run");
    String[] endless = command(run, 1_000_000);
    long stopped;
    try (CliProcess process = Cli.inChildJvm().in(folder).start(endless)) {
      process.awaitErrorLine("checkpoint .*step-000010");
      InProcess.run(folder, endless)
          .expect(ExitCode.USAGE)
          .expectError(run.toString(), "process " + process.pid());
      process.signal("TERM");
      stopped = assertStopped(process.await().expect(ExitCode.TERMINATED), run);
    }
    long next = stopped / 10 * 10 + 10;
    try (CliProcess process = Cli.inChildJvm().in(folder).start(endless)) {
      process.awaitErrorLine("resuming at step " + stopped + " ");
      process.awaitErrorLine("checkpoint .*step-%06d".formatted(next));
      assumeFalse(ignores(process.pid(), SIGINT), "SIGINT is ignored by this process's parents");
      process.signal("INT");
      stopped = assertStopped(process.await().expect(ExitCode.INTERRUPTED), run);
    }
    InProcess.run(folder, command(run, stopped + 1))
        .expect(ExitCode.OK)
        .expectError("resuming at step " + stopped);
  }

  private static String[] command(Path run, long steps) {
    return TinyRun.command(
        run, "train.steps=" + steps, "train.log_every=1", "train.preview_every=10");
  }

  /**
   * Returns the step of the checkpoint that the stopped process left: that of its last step. Every
   * preview that was due is there.
   */
  private static long assertStopped(CliResult result, Path run) throws IOException {
    result.expectError("stopped after a checkpoint");
    assertEquals("", result.out());
    Checkpoint latest = CheckpointStore.builder(run).build().openLatest().orElseThrow();
    var lines = MetricsLog.read(run.resolve("metrics.jsonl"));
    assertEquals(lines.get(lines.size() - 1).get("step").getAsLong(), latest.step());
    for (long due = 10; due <= latest.step(); due += 10) {
      assertTrue(Files.exists(new RunDirectory(run).preview(due)), "no preview of step " + due);
    }
    return latest.step();
  }

  /** Whether the kernel holds back a signal from a process, as after {@code nohup}. */
  private static boolean ignores(long pid, int signal) throws IOException {
    Path status = Path.of("/proc/" + pid + "/status");
    return Files.exists(status)
        && Files.readAllLines(status).stream()
            .filter(line -> line.startsWith("SigIgn:"))
            .anyMatch(line -> new BigInteger(line.substring(7).strip(), 16).testBit(signal - 1));
  }

  /** The preview of step 5 takes minutes: after the first signal the run has to wait for it. */
  @Test
  void aSecondSignalEndsTheRunAtOnce() throws Exception {
    Path run = folder.resolve("run");
    try (CliProcess process =
        Cli.inChildJvm()
            .in(folder)
            .start(
                TinyRun.command(
                    run,
                    "train.log_every=1",
                    "train.checkpoint_every=4",
                    "train.preview_every=5",
                    "train.preview.steps=1000"))) {
      process.awaitErrorLine("checkpoint .*step-000004");
      Path metrics = run.resolve("metrics.jsonl");
      while (!Files.readString(metrics).contains("\"step\":5,")) {
        Thread.sleep(20);
      }
      process.signal("TERM");
      Thread.sleep(500);
      assertTrue(ProcessHandle.of(process.pid()).orElseThrow().isAlive());
      process.signal("TERM");
      CliResult result = process.await().expect(ExitCode.TERMINATED);
      assertFalse(result.err().contains("stopped after a checkpoint"), result.toString());
    }
    assertEquals(4, CheckpointStore.builder(run).build().openLatest().orElseThrow().step());
  }
}

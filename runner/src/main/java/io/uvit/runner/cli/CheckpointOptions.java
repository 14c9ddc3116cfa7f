package io.uvit.runner.cli;

import io.uvit.savedmodels.checkpoint.Checkpoint;
import io.uvit.savedmodels.checkpoint.CheckpointStore;
import io.uvit.savedmodels.checkpoint.CorruptCheckpointException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.OptionGroup;
import org.apache.commons.cli.Options;

/** The options {@code --run-dir} and {@code --checkpoint}, of which one is given. */
final class CheckpointOptions {
  static final String RUN_DIR = "run-dir";
  static final String CHECKPOINT = "checkpoint";

  private CheckpointOptions() {}

  /** Adds both options. */
  static void add(Options options) {
    options.addOptionGroup(
        new OptionGroup()
            .addOption(
                Option.builder()
                    .longOpt(RUN_DIR)
                    .hasArg()
                    .argName("DIR")
                    .desc("folder of a training run; its newest whole checkpoint is taken")
                    .get())
            .addOption(
                Option.builder()
                    .longOpt(CHECKPOINT)
                    .hasArg()
                    .argName("DIR")
                    .desc("folder of one checkpoint, RUN_DIR/checkpoints/step-NNNNNN")
                    .get()));
  }

  /**
   * The checkpoint that was asked for, its files checked by hash.
   *
   * @throws CorruptCheckpointException if there is none, or it is damaged
   */
  static Checkpoint open(Arguments arguments, Console console) throws UsageException, IOException {
    Optional<Path> folder = arguments.path(CHECKPOINT, console);
    if (folder.isPresent()) {
      return Checkpoint.open(folder.get());
    }
    Path runDir =
        arguments
            .path(RUN_DIR, console)
            .orElseThrow(
                () -> new UsageException("--run-dir or --checkpoint: missing, wanted one of them"));
    return CheckpointStore.builder(runDir)
        .build()
        .openLatest()
        .orElseThrow(
            () ->
                new CorruptCheckpointException(
                    runDir, "no checkpoints", "none", "the folder of a training run"));
  }
}

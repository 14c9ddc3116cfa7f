package io.uvit.runner.cli;

import io.uvit.runner.train.OfficialExport;
import io.uvit.savedmodels.checkpoint.Checkpoint;
import io.uvit.savedmodels.official.OfficialWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** {@code uvit export --format ckpt}: a checkpoint as a training folder of the official code. */
final class TrainingFolderMode {
  /** What makes sense for weights alone. */
  private static final List<String> OF_WEIGHTS =
      List.of(CheckpointWeights.OPTION, ExportCommand.DTYPE, ExportCommand.FLAVOR);

  private TrainingFolderMode() {}

  /** Writes the folder. */
  static ExitCode run(Arguments arguments, Path out, boolean overwrite, Console console)
      throws UsageException, IOException {
    for (String option : OF_WEIGHTS) {
      if (arguments.has(option)) {
        throw new UsageException(
            "--" + option + ": found with the format ckpt, which holds all state as it is");
      }
    }
    OfficialWriter.checkTarget(out, overwrite);
    Checkpoint checkpoint = CheckpointOptions.open(arguments, console);
    OfficialExport.write(checkpoint, out, overwrite);
    console.note(
        "exported the training at step %d, checkpoint %s"
            .formatted(checkpoint.step(), checkpoint.folder()));
    console.out().println(out);
    return ExitCode.OK;
  }
}

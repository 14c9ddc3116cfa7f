package io.uvit.runner.cli;

import io.uvit.config.v1.Experiment;
import io.uvit.runner.train.TrainingExport;
import io.uvit.savedmodels.checkpoint.Checkpoint;
import io.uvit.savedmodels.export.SavedModelWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;

/** {@code uvit export --training}: the training program instead of the network. */
final class TrainingExportMode {
  private static final String TRAINING = "training";

  /** Of a checkpoint, or where to get it. */
  private static final List<String> CHECKPOINTS =
      List.of(CheckpointOptions.RUN_DIR, CheckpointOptions.CHECKPOINT);

  /** What makes sense for weights alone. */
  private static final List<String> OF_WEIGHTS =
      List.of(
          AutoencoderOptions.AUTOENCODER,
          AutoencoderOptions.DECODER,
          AutoencoderOptions.WITHOUT,
          CheckpointWeights.OPTION,
          ExportCommand.FORMAT,
          ExportCommand.DTYPE,
          ExportCommand.FLAVOR);

  private TrainingExportMode() {}

  /** Adds {@code --training}, and {@code --config} with {@code --set} for a run yet to begin. */
  static void add(Options options) {
    options.addOption(
        Option.builder()
            .longOpt(TRAINING)
            .desc(
                "write the training program with all state of the run, for other runtimes, instead "
                    + "of the network")
            .get());
    ConfigOptions.addConfig(options, false);
    ConfigOptions.addSet(options);
  }

  /** Whether it was asked for; options that are of no use without it are refused. */
  static boolean chosen(Arguments arguments) throws UsageException {
    if (arguments.has(TRAINING)) {
      return true;
    }
    refuse(
        arguments,
        List.of(ConfigOptions.CONFIG, ConfigOptions.SET),
        "found without --training; wanted with it");
    return false;
  }

  /** Writes the program. */
  static ExitCode run(Arguments arguments, Path out, boolean overwrite, Console console)
      throws UsageException, IOException {
    refuse(arguments, OF_WEIGHTS, "found with --training, which writes all state as it is");
    boolean fresh = arguments.has(ConfigOptions.CONFIG);
    if (fresh) {
      refuse(arguments, CHECKPOINTS, "found with --config; wanted one of them");
    } else if (CHECKPOINTS.stream().noneMatch(arguments::has)) {
      throw new UsageException(
          "--run-dir, --checkpoint or --config: missing, wanted one of them with --training");
    } else {
      refuse(arguments, List.of(ConfigOptions.SET), "found without --config; wanted with it");
    }
    SavedModelWriter.checkTarget(out, overwrite);
    if (fresh) {
      Experiment experiment = ConfigOptions.load(arguments, console);
      TrainingExport.ofExperiment(experiment, out, overwrite, Main.version());
      console.note("exported the training program of %s at step 0".formatted(experiment.getName()));
    } else {
      Checkpoint checkpoint = CheckpointOptions.open(arguments, console);
      Experiment experiment =
          TrainingExport.ofCheckpoint(checkpoint, out, overwrite, Main.version());
      console.note(
          "exported the training program of %s at step %d, checkpoint %s"
              .formatted(experiment.getName(), checkpoint.step(), checkpoint.folder()));
    }
    console.out().println(out);
    return ExitCode.OK;
  }

  private static void refuse(Arguments arguments, List<String> options, String problem)
      throws UsageException {
    for (String option : options) {
      if (arguments.has(option)) {
        throw new UsageException("--" + option + ": " + problem);
      }
    }
  }
}

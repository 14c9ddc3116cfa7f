package io.uvit.runner.cli;

import io.uvit.config.v1.Experiment;
import io.uvit.runner.metrics.ProgressStyle;
import io.uvit.runner.train.InitialWeights;
import io.uvit.runner.train.Resume;
import io.uvit.runner.train.RunDirectory;
import io.uvit.runner.train.RunLog;
import io.uvit.runner.train.StopRequest;
import io.uvit.runner.train.Trainer;
import io.uvit.runner.train.TrainingRun;
import io.uvit.savedmodels.state.PositionResize;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.commons.cli.Options;

/** {@code uvit train}: trains an experiment, or goes on with one. */
final class TrainCommand implements Command {
  private static final String RUN_DIR = "run-dir";
  private static final String RESUME = "resume";
  private static final String INIT_WEIGHTS = "init-weights";
  private static final String PROGRESS = "progress";

  /** How progress is shown. */
  enum ProgressMode {
    AUTO,
    BAR,
    PLAIN
  }

  @Override
  public String name() {
    return "train";
  }

  @Override
  public String summary() {
    return "train an experiment, or go on with one";
  }

  @Override
  public String synopsis() {
    return "--config FILE_OR_NAME [--set PATH=VALUE]... [--run-dir DIR] [--resume auto|never|CHECKPOINT] [--device auto|cpu|gpu]";
  }

  @Override
  public String description() {
    return "Trains and writes into the run directory: experiment.textproto (the resolved experiment), metrics.jsonl (one JSON "
        + "object a log line), events/ (for TensorBoard), samples/ (preview grids from the averaged weights, always from the "
        + "same noise) and checkpoints/ (each whole or absent). The same command again goes on where the last one stopped, bit "
        + "by bit. SIGTERM and Ctrl-C finish the step, write a checkpoint and exit with 143 or 130; a second one stops at once. "
        + "A step whose loss or gradient is not finite leaves the weights alone; after more than "
        + "train.max_skipped_updates of them the run ends with exit code 6.";
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example("Train the ten digits", "uvit train --config quickstart --run-dir runs/digits"),
        new Example(
            "Train a smaller CIFAR-10 model on a zip of images",
            "uvit train --config cifar10_tiny --set data.image_files.path=train.zip"));
  }

  @Override
  public Options options() {
    Options options = new Options();
    ConfigOptions.addConfig(options, false);
    ConfigOptions.addSet(options);
    options
        .addOption(
            ConfigOptions.value(
                RUN_DIR, "DIR", "folder of the run (default: runs/<name of the experiment>)"))
        .addOption(
            ConfigOptions.value(
                RESUME,
                "auto|never|CHECKPOINT",
                "auto: go on from the newest whole checkpoint of the run directory, if any (default); never: refuse a run "
                    + "directory with checkpoints; else the checkpoint folder to start from, which must exist"))
        .addOption(
            ConfigOptions.value(
                INIT_WEIGHTS,
                "FILE",
                "start a fresh run from these weights (.safetensors, .pth or .npz with the official names)"))
        .addOption(
            ConfigOptions.value(
                PROGRESS,
                "auto|bar|plain",
                "how progress is shown on stderr (default: a bar on a terminal)"));
    DeviceOption.add(options);
    PositionOptions.add(options);
    return options;
  }

  @Override
  public ExitCode run(Arguments arguments, Console console) throws Exception {
    Experiment experiment =
        DeviceOption.settle(ConfigOptions.load(arguments, console), arguments, console);
    Path root =
        arguments
            .path(RUN_DIR, console)
            .orElse(console.resolve("runs").resolve(experiment.getName()));
    RunDirectory directory = new RunDirectory(root);
    Optional<InitialWeights> weights = initialWeights(arguments, experiment, console);
    TrainingRun run = new TrainingRun(experiment, directory, resume(arguments, console), weights);
    try (StopRequest stop = StopRequest.onSignals();
        RunLog log = new RunLog(directory, experiment, console.err(), style(arguments, console))) {
      if (run.execute(log, stop, console::note) == Trainer.Outcome.STOPPED) {
        console.note("stopped after a checkpoint; the same command goes on from it");
        return stop.reason() == StopRequest.Reason.INTERRUPT
            ? ExitCode.INTERRUPTED
            : ExitCode.TERMINATED;
      }
    }
    console.out().println(root);
    return ExitCode.OK;
  }

  private static Optional<InitialWeights> initialWeights(
      Arguments arguments, Experiment experiment, Console console) throws UsageException {
    Optional<Path> file = arguments.path(INIT_WEIGHTS, console);
    Optional<PositionResize> positions = PositionOptions.of(arguments, experiment);
    if (positions.isPresent() && file.isEmpty()) {
      throw new UsageException("--resize-positions: found without --init-weights; wanted with it");
    }
    return file.map(f -> new InitialWeights(f, positions));
  }

  private static Resume resume(Arguments arguments, Console console) throws UsageException {
    String text = arguments.text(RESUME).orElse("auto");
    return switch (text) {
      case "auto" -> new Resume.Auto();
      case "never" -> new Resume.Never();
      default -> new Resume.From(console.resolve(text));
    };
  }

  private static ProgressStyle style(Arguments arguments, Console console) throws UsageException {
    ProgressMode mode =
        arguments.choice(PROGRESS, List.of(ProgressMode.values())).orElse(ProgressMode.AUTO);
    boolean bar = mode == ProgressMode.BAR || (mode == ProgressMode.AUTO && console.terminal());
    return ProgressStyle.of(bar, System.getenv());
  }
}

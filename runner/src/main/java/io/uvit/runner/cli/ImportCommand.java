package io.uvit.runner.cli;

import io.uvit.config.v1.Experiment;
import io.uvit.graph.model.UViT;
import io.uvit.graph.model.UViTConfig;
import io.uvit.runner.train.ImportedRun;
import io.uvit.runner.train.OfficialAgreement;
import io.uvit.runner.train.RunDirectory;
import io.uvit.savedmodels.export.Provenance;
import io.uvit.savedmodels.export.SavedModelWriter;
import io.uvit.savedmodels.official.OfficialReader;
import io.uvit.savedmodels.official.OfficialState;
import io.uvit.savedmodels.state.PositionResize;
import io.uvit.savedmodels.weights.TensorFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.OptionGroup;
import org.apache.commons.cli.Options;

/** {@code uvit import}: official weights as a SavedModel and a run directory. */
final class ImportCommand implements Command {
  private static final String WEIGHTS = "weights";
  private static final String CHECKPOINT = "checkpoint";
  private static final String KEY = "key";
  private static final String OUT = "out";
  private static final String RUN_DIR = "run-dir";
  private static final String OVERWRITE = "overwrite";

  @Override
  public String name() {
    return "import";
  }

  @Override
  public String summary() {
    return "turn official weights or trainings into a SavedModel or a run to go on with";
  }

  @Override
  public String synopsis() {
    return "--config FILE_OR_NAME (--weights FILE | --checkpoint DIR) [--out DIR] [--run-dir DIR] [--key NAME]";
  }

  @Override
  public String description() {
    return "Reads a state dict with the official names: a PyTorch file (zip or legacy format), "
        + "safetensors or npz, told apart by their content. Nothing in a file is executed. Every "
        + "parameter of the network must be there once, with its shape, and nothing else; the "
        + "prefix 'module.' is taken off. Writes a SavedModel (--out), a run directory whose "
        + "checkpoint of step 0 'uvit train' goes on from (--run-dir), or both. --checkpoint takes "
        + "the folder N.ckpt of a training of the official code, with step.pth, nnet.pth, "
        + "nnet_ema.pth, optimizer.pth and lr_scheduler.pth: the run then goes on where PyTorch "
        + "stopped, with its step, average, moments and learning rate, and an experiment that "
        + "contradicts them is refused; a SavedModel holds the averaged weights. "
        + "--resize-positions adapts weights to an experiment with another size of images.";
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example(
            "the official CIFAR-10 model",
            "uvit import --config cifar10_uvit_small \\\n"
                + "      --weights cifar10_uvit_small.pth --out models/cifar10"),
        new Example(
            "a run that goes on from weights",
            "uvit import --config quickstart --weights digits.safetensors \\\n"
                + "      --run-dir runs/more"),
        new Example(
            "a training of the official code, to go on with",
            "uvit import --config cifar10_uvit_small \\\n"
                + "      --checkpoint workdir/ckpts/50000.ckpt --run-dir runs/cifar10"));
  }

  @Override
  public Options options() {
    Options options = new Options();
    ConfigOptions.addConfig(options, true);
    ConfigOptions.addSet(options);
    options
        .addOptionGroup(
            new OptionGroup()
                .addOption(ConfigOptions.value(WEIGHTS, "FILE", "the weight file"))
                .addOption(
                    ConfigOptions.value(
                        CHECKPOINT, "DIR", "the folder N.ckpt of a training of the official code")))
        .addOption(
            ConfigOptions.value(
                KEY,
                "NAME",
                "the state dict in a file that holds several, such as ema or state_dict"))
        .addOption(ConfigOptions.value(OUT, "DIR", "folder of the SavedModel"))
        .addOption(
            ConfigOptions.value(RUN_DIR, "DIR", "folder of the run, without checkpoints so far"))
        .addOption(
            Option.builder()
                .longOpt(OVERWRITE)
                .desc("replace an existing SavedModel; anything else is left alone")
                .get());
    PositionOptions.add(options);
    AutoencoderOptions.addAll(options);
    return options;
  }

  @Override
  public ExitCode run(Arguments arguments, Console console) throws Exception {
    Optional<Path> out = arguments.path(OUT, console);
    Optional<RunDirectory> run = arguments.path(RUN_DIR, console).map(RunDirectory::new);
    if (out.isEmpty() && run.isEmpty()) {
      throw new UsageException("--out or --run-dir: missing, wanted at least one of them");
    }
    Optional<Path> folder = arguments.path(CHECKPOINT, console);
    if (folder.isEmpty() && !arguments.has(WEIGHTS)) {
      throw new UsageException("--weights or --checkpoint: missing, wanted one of them");
    }
    Experiment experiment =
        AutoencoderOptions.apply(arguments, console, ConfigOptions.load(arguments, console));
    Targets targets = new Targets(arguments, experiment, run, out);
    targets.refuseUsed();
    if (folder.isPresent()) {
      refuseWithCheckpoint(arguments, KEY);
      refuseWithCheckpoint(arguments, PositionOptions.RESIZE);
      refuseWithCheckpoint(arguments, PositionOptions.SOURCE);
      importTraining(folder.get(), targets, console);
    } else {
      importWeights(arguments, targets, console);
    }
    return ExitCode.OK;
  }

  private static void refuseWithCheckpoint(Arguments arguments, String option)
      throws UsageException {
    if (arguments.has(option)) {
      throw new UsageException("--" + option + ": found with --checkpoint; wanted with --weights");
    }
  }

  /**
   * What is made.
   *
   * @param experiment resolved
   * @param run the run directory wanted, if any
   * @param out the SavedModel wanted, if any
   */
  private record Targets(
      Arguments arguments, Experiment experiment, Optional<RunDirectory> run, Optional<Path> out) {

    /** Before anything is read: weights can be large. */
    void refuseUsed() throws IOException {
      if (out.isPresent()) {
        SavedModelWriter.checkTarget(out.get(), arguments.has(OVERWRITE));
        if (experiment.hasLatent() && !arguments.has(AutoencoderOptions.WITHOUT)) {
          AutoencoderOptions.require(experiment);
        }
      }
      if (run.isPresent()) {
        ImportedRun.refuseUsed(run.get());
      }
    }

    void writeModel(Path source, TensorFile weights, Console console) throws IOException {
      if (out.isPresent()) {
        Provenance provenance =
            Provenance.ofFile(String.valueOf(source.getFileName()), Main.version());
        TensorFile served = AutoencoderOptions.served(arguments, experiment, weights);
        new SavedModelWriter()
            .write(out.get(), arguments.has(OVERWRITE), experiment, served, provenance);
        console.out().println(out.get());
      }
    }
  }

  private static void importWeights(Arguments arguments, Targets targets, Console console)
      throws UsageException, IOException {
    Path file = arguments.requiredPath(WEIGHTS, console);
    UViT model = new UViT(UViTConfig.of(targets.experiment().getModel()));
    Optional<PositionResize> positions = PositionOptions.of(arguments, targets.experiment());
    try (TensorFile content = WeightOptions.open(file, arguments.text(KEY), model.parameters())) {
      TensorFile weights =
          positions.isPresent() ? positions.get().apply(content, model.parameters()) : content;
      if (targets.run().isPresent()) {
        RunDirectory run = targets.run().get();
        ImportedRun.create(targets.experiment(), run, weights, Main.version());
        console.out().println(run.root());
      }
      targets.writeModel(file, weights, console);
      console.note("imported %,d parameters from %s".formatted(model.parameterCount(), weights));
    }
  }

  private static void importTraining(Path folder, Targets targets, Console console)
      throws IOException {
    try (OfficialState state = OfficialReader.open(folder)) {
      if (targets.run().isPresent()) {
        RunDirectory run = targets.run().get();
        ImportedRun.create(targets.experiment(), run, state, Main.version());
        OfficialAgreement.notes(targets.experiment(), state).forEach(console::note);
        console.out().println(run.root());
      }
      targets.writeModel(folder, state.average(), console);
      console.note("imported step %d from %s".formatted(state.step(), folder));
    }
  }
}

package io.uvit.runner.cli;

import io.uvit.config.v1.Experiment;
import io.uvit.graph.model.UViT;
import io.uvit.graph.model.UViTConfig;
import io.uvit.runner.train.ImportedRun;
import io.uvit.runner.train.RunDirectory;
import io.uvit.savedmodels.export.Provenance;
import io.uvit.savedmodels.export.SavedModelWriter;
import io.uvit.savedmodels.weights.TensorFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;

/** {@code uvit import}: official weights as a SavedModel and a run directory. */
final class ImportCommand implements Command {
  private static final String WEIGHTS = "weights";
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
    return "turn official weights into a SavedModel or a run to go on with";
  }

  @Override
  public String synopsis() {
    return "--config FILE_OR_NAME --weights FILE [--out DIR] [--run-dir DIR] [--key NAME]";
  }

  @Override
  public String description() {
    return "Reads a state dict with the official names: a PyTorch file (zip or legacy format), "
        + "safetensors or npz, told apart by their content. Nothing in a file is executed. Every "
        + "parameter of the network must be there once, with its shape, and nothing else; the "
        + "prefix 'module.' is taken off. Writes a SavedModel (--out), a run directory whose "
        + "checkpoint of step 0 'uvit train' goes on from (--run-dir), or both.";
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
                + "      --run-dir runs/more"));
  }

  @Override
  public Options options() {
    Options options = new Options();
    ConfigOptions.addConfig(options, true);
    ConfigOptions.addSet(options);
    return options
        .addOption(
            Option.builder()
                .longOpt(WEIGHTS)
                .hasArg()
                .argName("FILE")
                .required()
                .desc("the weight file")
                .get())
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
  }

  @Override
  public ExitCode run(Arguments arguments, Console console) throws Exception {
    Path file = arguments.requiredPath(WEIGHTS, console);
    Optional<Path> out = arguments.path(OUT, console);
    Optional<RunDirectory> run = arguments.path(RUN_DIR, console).map(RunDirectory::new);
    boolean overwrite = arguments.has(OVERWRITE);
    if (out.isEmpty() && run.isEmpty()) {
      throw new UsageException("--out or --run-dir: missing, wanted at least one of them");
    }
    Experiment experiment = ConfigOptions.load(arguments, console);
    if (out.isPresent()) {
      SavedModelWriter.checkTarget(out.get(), overwrite);
    }
    if (run.isPresent()) {
      ImportedRun.refuseUsed(run.get());
    }
    UViT model = new UViT(UViTConfig.of(experiment.getModel()));
    try (TensorFile weights = WeightOptions.open(file, arguments.text(KEY), model.parameters())) {
      if (run.isPresent()) {
        ImportedRun.create(experiment, run.get(), weights, Main.version());
        console.out().println(run.get().root());
      }
      if (out.isPresent()) {
        Provenance provenance =
            Provenance.ofFile(String.valueOf(file.getFileName()), Main.version());
        new SavedModelWriter().write(out.get(), overwrite, experiment, weights, provenance);
        console.out().println(out.get());
      }
    }
    console.note("imported %,d parameters from %s".formatted(model.parameterCount(), file));
    return ExitCode.OK;
  }
}

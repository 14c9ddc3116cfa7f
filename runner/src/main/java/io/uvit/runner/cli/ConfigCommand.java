package io.uvit.runner.cli;

import io.uvit.config.BundledConfigs;
import io.uvit.config.ConfigPrinter;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Train;
import io.uvit.graph.model.ModelCost;
import io.uvit.graph.model.TrainingMemory;
import io.uvit.graph.model.UViT;
import io.uvit.graph.model.UViTConfig;
import java.util.List;
import java.util.Locale;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;

/** {@code uvit config}: the resolved experiment, with what its network costs. */
final class ConfigCommand implements Command {
  private static final String LIST = "list";

  @Override
  public String name() {
    return "config";
  }

  @Override
  public String summary() {
    return "print a resolved experiment and what its network costs";
  }

  @Override
  public String synopsis() {
    return "FILE_OR_NAME [--set PATH=VALUE]... | --list";
  }

  @Override
  public String description() {
    return "Reads an experiment, applies the overrides, fills in the defaults, checks it and prints "
        + "it as a .textproto that the other commands read. Comment lines at its end give the exact "
        + "number of parameters, the multiply-accumulates of one evaluation of one image, and an "
        + "estimate of the memory of a training step.";
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example("a built-in experiment", "uvit config cifar10_uvit_small"),
        new Example(
            "a deeper one, into a file",
            "uvit config quickstart --set model.depth=8 > deeper.textproto"));
  }

  @Override
  public Options options() {
    Options options = new Options();
    ConfigOptions.addSet(options);
    options.addOption(
        Option.builder().longOpt(LIST).desc("print the names of the built-in experiments").get());
    return options;
  }

  @Override
  public boolean usesTensorFlow() {
    return false;
  }

  @Override
  public int maxPositionals() {
    return 1;
  }

  @Override
  public ExitCode run(Arguments arguments, Console console) throws UsageException {
    if (arguments.has(LIST)) {
      BundledConfigs.names().forEach(console.out()::println);
      return ExitCode.OK;
    }
    String source = arguments.requiredPositional("FILE_OR_NAME");
    Experiment experiment = ConfigOptions.load(source, arguments, console);
    ModelCost cost = ModelCost.of(new UViT(UViTConfig.of(experiment.getModel())));
    console.out().print(ConfigPrinter.toText(experiment));
    console.out().print(describe(cost, experiment));
    return ExitCode.OK;
  }

  private static String describe(ModelCost cost, Experiment experiment) {
    Train train = experiment.getTrain();
    TrainingMemory memory = TrainingMemory.of(experiment);
    return String.format(
        Locale.ROOT,
        """
        #
        # parameters:           %,d in %d tensors
        # multiply-accumulates: %.2f G an image and evaluation
        # training memory:      about %.2f GiB at batch size %d on a CPU (%.2f of weights,
        #                       averages and moments, %.2f of a step, the process, holes)
        """,
        cost.parameters(),
        cost.tensors(),
        cost.multiplyAdds() / 1e9,
        gib(memory.total()),
        train.getBatchSize(),
        gib(memory.state()),
        gib(memory.step()));
  }

  private static double gib(long bytes) {
    return bytes / (double) (1L << 30);
  }
}

package io.uvit.runner.cli;

import io.uvit.runner.bench.StepProfile;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.commons.cli.Options;

/** {@code uvit profile}: where the time of a training step goes. */
final class ProfileCommand implements Command {
  private static final String OUT = "out";

  @Override
  public String name() {
    return "profile";
  }

  @Override
  public String summary() {
    return "show where the time of a training step goes";
  }

  @Override
  public String synopsis() {
    return "--config FILE_OR_NAME [--out TRACE.json] [--batch B] [--dtype D] [--device D]";
  }

  @Override
  public String description() {
    return "Traces one training step on random data with TensorFlow's own step statistics and prints two tables: time by kind "
        + "of op, and by part of the program (all blocks as one; d stands for the gradient of a part, again for what activation "
        + "checkpointing computes a second time). Times are those of the kernels, added up: more than the step where ops ran "
        + "side by side. Tracing itself makes a step slower. With --out the step is written for chrome://tracing or Perfetto.";
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example(
            "tables and a trace of a step",
            "uvit profile --config cifar10_uvit_small --batch 4 --out step.json"));
  }

  @Override
  public Options options() {
    Options options = new Options();
    MeasureOptions.add(options);
    return options.addOption(
        ConfigOptions.value(OUT, "TRACE.json", "write the step as a Chrome trace"));
  }

  @Override
  public ExitCode run(Arguments arguments, Console console) throws Exception {
    Optional<Path> out = arguments.path(OUT, console);
    StepProfile profile =
        StepProfile.of(
            MeasureOptions.experiment(arguments, console), MeasureOptions.warmUp(arguments));
    console.out().print(profile.table());
    if (out.isPresent()) {
      profile.writeTrace(out.get());
      console.note("wrote " + out.get());
    }
    return ExitCode.OK;
  }
}

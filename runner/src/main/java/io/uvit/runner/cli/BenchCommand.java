package io.uvit.runner.cli;

import io.uvit.runner.bench.Bench;
import io.uvit.runner.bench.BenchKind;
import java.util.List;
import org.apache.commons.cli.Options;

/** {@code uvit bench}: how fast this machine trains, samples, loads data or starts. */
final class BenchCommand implements Command {
  private static final String STEPS = "steps";
  private static final int DEFAULT_STEPS = 10;
  private static final String SOLVER_STEPS = "solver-steps";
  private static final int DEFAULT_SOLVER_STEPS = 5;

  @Override
  public String name() {
    return "bench";
  }

  @Override
  public String summary() {
    return "measure training, sampling, data or the start on this machine";
  }

  @Override
  public String synopsis() {
    return "train|sample|data|load --config FILE_OR_NAME [--batch B] [--dtype D] [--device D]";
  }

  @Override
  public String description() {
    return "Prints one JSON line: median, least and most milliseconds, images a second, the share of the cores that the "
        + "process really had (cpu_share; well under 1 means that something else ran, or that cores waited), peak resident "
        + "memory, on a GPU the most that tensors take of its memory at once (peak_gpu_mb, from one more step that is traced; null "
        + "on a CPU and with XLA), and for train and sample the floating-point operations of the products of a step, their rate, and its share of "
        + "the rate of plain products of square matrices measured in the same process (of side 2048, or more where that takes no "
        + "time). train is an optimizer step on random data; sample "
        + "one step of the experiment's solver in the graph's loop, with guidance where the model takes a condition; data a "
        + "batch of the experiment's own data without a network; load the time from the start of the process to the end of its "
        + "first training step. Weights are random. Measure on an idle machine, and more than once.";
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example(
            "a training step in bfloat16",
            "uvit bench train --config cifar10_uvit_small --batch 16 --dtype bfloat16"),
        new Example("the start", "uvit bench load --config cifar10_uvit_small --batch 4"));
  }

  @Override
  public Options options() {
    Options options = new Options();
    MeasureOptions.add(options);
    return options
        .addOption(
            ConfigOptions.value(
                STEPS, "N", "steps that are measured (default: " + DEFAULT_STEPS + ")"))
        .addOption(
            ConfigOptions.value(
                SOLVER_STEPS,
                "N",
                "steps of the solver in each run of sample, whose time is divided by them (default: "
                    + DEFAULT_SOLVER_STEPS
                    + ")"));
  }

  @Override
  public int maxPositionals() {
    return 1;
  }

  @Override
  public ExitCode run(Arguments arguments, Console console) throws Exception {
    BenchKind kind = kind(arguments.requiredPositional("train|sample|data|load"));
    Bench bench =
        new Bench(
            MeasureOptions.experiment(arguments, console),
            MeasureOptions.warmUp(arguments),
            arguments.integer(STEPS, 1, MeasureOptions.MOST).orElse(DEFAULT_STEPS),
            arguments.integer(SOLVER_STEPS, 1, MeasureOptions.MOST).orElse(DEFAULT_SOLVER_STEPS));
    console.out().println(bench.measure(kind).toJson());
    return ExitCode.OK;
  }

  private static BenchKind kind(String word) throws UsageException {
    for (BenchKind kind : BenchKind.values()) {
      if (kind.word().equals(word)) {
        return kind;
      }
    }
    throw new UsageException("found '" + word + "', wanted train, sample, data or load");
  }
}

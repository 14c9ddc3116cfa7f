package io.uvit.runner.cli;

import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Precision;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.cli.Options;

/**
 * What {@code bench} and {@code profile} measure: an experiment at a batch size, type and device.
 */
final class MeasureOptions {
  private static final String BATCH = "batch";
  private static final String DTYPE = "dtype";
  private static final String WARM_UP = "warm-up";
  private static final int DEFAULT_WARM_UP = 3;

  /** The most steps or images that may be asked for. */
  static final int MOST = 1_000_000;

  private MeasureOptions() {}

  static void add(Options options) {
    ConfigOptions.addConfig(options, true);
    ConfigOptions.addSet(options);
    DeviceOption.add(options);
    options
        .addOption(
            ConfigOptions.value(
                BATCH, "N", "images of a step (default: train.batch_size of the experiment)"))
        .addOption(
            ConfigOptions.value(
                DTYPE,
                "float32|bfloat16|float16",
                "type of the products (default: runtime.precision of the experiment)"))
        .addOption(
            ConfigOptions.value(
                WARM_UP,
                "N",
                "steps before those that are measured (default: " + DEFAULT_WARM_UP + ")"));
  }

  /** Steps before those that are measured. */
  static int warmUp(Arguments arguments) throws UsageException {
    return arguments.integer(WARM_UP, 0, MOST).orElse(DEFAULT_WARM_UP);
  }

  /** The options are overrides like any other, and come after those of {@code --set}. */
  static Experiment experiment(Arguments arguments, Console console) throws UsageException {
    List<String> overrides = new ArrayList<>(arguments.texts(ConfigOptions.SET));
    arguments.integer(BATCH, 1, MOST).ifPresent(b -> overrides.add("train.batch_size=" + b));
    arguments
        .choice(DTYPE, List.of(Precision.FLOAT32, Precision.BFLOAT16, Precision.FLOAT16))
        .ifPresent(p -> overrides.add("runtime.precision=" + p));
    return DeviceOption.settle(
        ConfigOptions.load(arguments, overrides, console), arguments, console);
  }
}

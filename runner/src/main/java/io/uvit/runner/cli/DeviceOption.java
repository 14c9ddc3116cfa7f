package io.uvit.runner.cli;

import io.uvit.config.v1.Device;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Runtime;
import io.uvit.runner.device.DeviceChoice;
import io.uvit.runner.device.DeviceInspector;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;

/**
 * The options {@code --device}, {@code --xla} and {@code --gpu-memory-growth}, which stand in for
 * fields of an experiment's {@code runtime}.
 */
final class DeviceOption {
  static final String DEVICE = "device";
  private static final String FIELD = "runtime.device";
  private static final String XLA = "xla";
  private static final String XLA_FIELD = "runtime.xla";
  private static final String GROWTH = "gpu-memory-growth";
  private static final String GROWTH_FIELD = "runtime.gpu_memory_growth";

  private DeviceOption() {}

  /** Adds them to a command that reads an experiment. */
  static void add(Options options) {
    add(options, "runtime.device of the experiment");
  }

  /** Adds them with another default of the device. */
  static void add(Options options, String byDefault) {
    options
        .addOption(
            ConfigOptions.value(
                DEVICE,
                "auto|cpu|gpu",
                "what to compute on: auto takes a GPU that can be used, else the CPU, and says which; gpu "
                    + "is an error without one, uvit devices says why (default: "
                    + byDefault
                    + ")"))
        .addOption(flag(XLA, "have XLA compile the graph, as runtime.xla: true"))
        .addOption(
            flag(
                GROWTH,
                "take a GPU's memory as it is needed, not nearly all of it at the start, as "
                    + "runtime.gpu_memory_growth: true"));
  }

  private static Option flag(String name, String description) {
    return Option.builder().longOpt(name).desc(description).get();
  }

  /**
   * The runtime section with the device that it comes to on this machine. Whatever AUTO takes is
   * said on {@code console.err()}, in one line.
   *
   * @param runtime of the experiment; options that are given take the place of its fields
   * @throws UsageException if an option has another value, or its field is set as well
   * @throws io.uvit.config.ConfigException if GPU is asked for and none can be used
   */
  static Runtime settle(Runtime runtime, Arguments arguments, Console console)
      throws UsageException {
    return settle(
        runtime,
        arguments,
        console,
        settled -> DeviceInspector.ofThisProcess(settled.getGpuMemoryGrowth()));
  }

  /** As the other method, for an experiment. */
  static Experiment settle(Experiment experiment, Arguments arguments, Console console)
      throws UsageException {
    return experiment.toBuilder()
        .setRuntime(settle(experiment.getRuntime(), arguments, console))
        .build();
  }

  /**
   * As the first method, on what an inspector finds.
   *
   * @param inspector for a runtime section that is settled but for its device
   */
  static Runtime settle(
      Runtime runtime,
      Arguments arguments,
      Console console,
      Function<Runtime, DeviceInspector> inspector)
      throws UsageException {
    Optional<Device> option =
        arguments.choice(DEVICE, List.of(Device.AUTO, Device.CPU, Device.GPU));
    refuseBoth(arguments, DEVICE, FIELD);
    refuseBoth(arguments, XLA, XLA_FIELD);
    refuseBoth(arguments, GROWTH, GROWTH_FIELD);
    Runtime.Builder settled = runtime.toBuilder();
    if (arguments.has(XLA)) {
      settled.setXla(true);
    }
    if (arguments.has(GROWTH)) {
      settled.setGpuMemoryGrowth(true);
    }
    Device asked = option.orElse(runtime.getDevice());
    DeviceChoice choice =
        DeviceChoice.of(
            asked, option.isPresent() ? "--" + DEVICE : FIELD, inspector.apply(settled.build()));
    if (asked != Device.CPU && asked != Device.GPU) {
      console.note(choice.text());
    }
    return settled.setDevice(choice.device()).build();
  }

  private static void refuseBoth(Arguments arguments, String option, String field)
      throws UsageException {
    if (arguments.has(option)
        && arguments.texts(ConfigOptions.SET).stream()
            .anyMatch(text -> text.split("=", 2)[0].strip().equals(field))) {
      throw new UsageException(
          "--%s and --set %s: found both, wanted one".formatted(option, field));
    }
  }
}

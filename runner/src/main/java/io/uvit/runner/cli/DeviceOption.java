package io.uvit.runner.cli;

import io.uvit.config.v1.Device;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Runtime;
import io.uvit.runner.device.DeviceChoice;
import io.uvit.runner.device.DeviceInspector;
import java.util.List;
import java.util.Optional;
import org.apache.commons.cli.Options;

/** The option {@code --device}, which stands in for {@code runtime.device} of an experiment. */
final class DeviceOption {
  static final String DEVICE = "device";
  private static final String FIELD = "runtime.device";

  private DeviceOption() {}

  /** Adds {@code --device auto|cpu|gpu} to a command that reads an experiment. */
  static void add(Options options) {
    add(options, "runtime.device of the experiment");
  }

  /** Adds it with another default. */
  static void add(Options options, String byDefault) {
    options.addOption(
        ConfigOptions.value(
            DEVICE,
            "auto|cpu|gpu",
            "what to compute on: auto takes a GPU that can be used, else the CPU, and says which; gpu "
                + "is an error without one, uvit devices says why (default: "
                + byDefault
                + ")"));
  }

  /**
   * The runtime section with the device that it comes to on this machine. Whatever AUTO takes is
   * said on {@code console.err()}, in one line.
   *
   * @param runtime of the experiment; an option that is given takes the place of its device
   * @throws UsageException if the option has another value, or the field is set as well
   * @throws io.uvit.config.ConfigException if GPU is asked for and none can be used
   */
  static Runtime settle(Runtime runtime, Arguments arguments, Console console)
      throws UsageException {
    return settle(runtime, arguments, console, DeviceInspector.ofThisProcess());
  }

  /** As the other method, for an experiment. */
  static Experiment settle(Experiment experiment, Arguments arguments, Console console)
      throws UsageException {
    return experiment.toBuilder()
        .setRuntime(settle(experiment.getRuntime(), arguments, console))
        .build();
  }

  /** As the first method, on what an inspector finds. */
  static Runtime settle(
      Runtime runtime, Arguments arguments, Console console, DeviceInspector inspector)
      throws UsageException {
    Optional<Device> option =
        arguments.choice(DEVICE, List.of(Device.AUTO, Device.CPU, Device.GPU));
    if (option.isPresent()
        && arguments.texts(ConfigOptions.SET).stream()
            .anyMatch(text -> text.split("=", 2)[0].strip().equals(FIELD))) {
      throw new UsageException("--device and --set " + FIELD + ": found both, wanted one");
    }
    Device asked = option.orElse(runtime.getDevice());
    DeviceChoice choice =
        DeviceChoice.of(asked, option.isPresent() ? "--" + DEVICE : FIELD, inspector);
    if (asked != Device.CPU && asked != Device.GPU) {
      console.note(choice.text());
    }
    return runtime.toBuilder().setDevice(choice.device()).build();
  }
}

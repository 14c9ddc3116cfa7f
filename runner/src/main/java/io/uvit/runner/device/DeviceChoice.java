package io.uvit.runner.device;

import io.uvit.config.ConfigException;
import io.uvit.config.ConfigProblem;
import io.uvit.config.v1.Device;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The device that a run comes to on this machine.
 *
 * @param device for the runtime section of the experiment; AUTO stays AUTO where TensorFlow comes
 *     to the same by itself, so that what is stored of the run is true on other machines too
 * @param text which it is on this one and why, in a line for people
 */
public record DeviceChoice(Device device, String text) {

  /**
   * Settles what was asked for.
   *
   * @param asked AUTO takes a GPU that can be used, else the CPU; where a GPU is out of the
   *     question nothing is started to find that out
   * @param field what is named in errors: the field of the experiment or the option
   * @throws ConfigException if GPU is asked for and cannot be used, with everything it lacks
   */
  public static DeviceChoice of(Device asked, String field, DeviceInspector inspector) {
    return switch (asked) {
      case CPU -> new DeviceChoice(Device.CPU, "device: CPU, as asked for");
      case GPU -> required(field, inspector.inspect());
      case AUTO, DEVICE_UNSPECIFIED, UNRECOGNIZED -> automatic(inspector);
    };
  }

  private static DeviceChoice automatic(DeviceInspector inspector) {
    return inspector
        .plainObstacle()
        .map(reason -> new DeviceChoice(Device.AUTO, "device: CPU (" + reason + ")"))
        .orElseGet(() -> automatic(inspector.inspect()));
  }

  private static DeviceChoice automatic(DeviceReport report) {
    return report
        .usableGpu()
        .map(gpu -> new DeviceChoice(Device.AUTO, "device: " + described(gpu, report)))
        .orElseGet(
            () ->
                new DeviceChoice(
                    // TensorFlow would take one that it has registered, though it does not compute.
                    report.tensorFlow().gpus().isEmpty() ? Device.AUTO : Device.CPU,
                    "device: CPU (no GPU can be used: "
                        + report.shortfalls().stream()
                            .map(Shortfall::found)
                            .collect(Collectors.joining("; "))
                        + "; uvit devices says what to do)"));
  }

  private static DeviceChoice required(String field, DeviceReport report) {
    return report
        .usableGpu()
        .map(gpu -> new DeviceChoice(Device.GPU, "device: " + described(gpu, report)))
        .orElseThrow(
            () ->
                new ConfigException(
                    "no GPU can be used here, wanted one, or the device CPU or AUTO",
                    problems(field, report)));
  }

  private static List<ConfigProblem> problems(String field, DeviceReport report) {
    return report.shortfalls().stream()
        .map(
            shortfall ->
                new ConfigProblem(
                    field, "GPU cannot be used", shortfall.found(), shortfall.wanted()))
        .toList();
  }

  private static String described(RegisteredGpu gpu, DeviceReport report) {
    // With one card there is no doubt which it is; with more, their numbers may differ.
    List<Card> cards = report.driver().cards();
    return cards.size() == 1 ? gpu.device() + " (" + cards.get(0) + ")" : gpu.device();
  }
}

package io.uvit.runner.cli;

import io.uvit.runner.device.DeviceInspector;
import io.uvit.runner.device.DeviceReport;
import java.util.List;
import org.apache.commons.cli.Options;

/** {@code uvit devices}: what there is to compute on, and what a GPU lacks. */
final class DevicesCommand implements Command {
  @Override
  public String name() {
    return "devices";
  }

  @Override
  public String summary() {
    return "list what there is to compute on, and what a GPU lacks";
  }

  @Override
  public String synopsis() {
    return "[--json]";
  }

  @Override
  public String description() {
    return "Looks for NVIDIA devices, their driver, TensorFlow's library with GPU support and the "
        + "libraries of CUDA that it needs, and last, where there may be a GPU, has TensorFlow "
        + "compute on it. Beside that it says whether the parts of a CUDA toolkit are "
        + "there that runtime.xla needs. For each thing that is missing it prints what was found and what would "
        + "do, with the package, command or Maven profile that brings it. It is a report: the exit "
        + "code is 0 with a GPU and without. docs/gpu.md tells how to set one up.";
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example("what this machine has", "uvit devices"),
        new Example("the same for a script", "uvit devices --json"));
  }

  @Override
  public Options options() {
    return JsonOption.add(new Options());
  }

  /** It does, but says itself what keeps CUDA from being opened. */
  @Override
  public boolean usesTensorFlow() {
    return false;
  }

  @Override
  public ExitCode run(Arguments arguments, Console console) {
    DeviceReport report = DeviceInspector.ofThisProcess(true).inspect();
    if (JsonOption.given(arguments)) {
      JsonOption.print(console, DevicesJson.of(report));
    } else {
      console.out().print(DevicesText.of(report));
    }
    return ExitCode.OK;
  }
}

package io.uvit.runner.cli;

import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.cli.Options;

/** {@code uvit inspect}: what a model, checkpoint, run or weight file holds. */
final class InspectCommand implements Command {
  @Override
  public String name() {
    return "inspect";
  }

  @Override
  public String summary() {
    return "list what a SavedModel, checkpoint, run or weight file holds";
  }

  @Override
  public String synopsis() {
    return "PATH [--json]";
  }

  @Override
  public String description() {
    return "Finds out what PATH is. Of a SavedModel it lists signatures with their inputs and "
        + "outputs, and variables; of a checkpoint, whose files it checks by hash, the facts of "
        + "its manifest, files and tensors; of a run directory its checkpoints; of a file "
        + "(PyTorch, safetensors, npz, npy) its tensors. Reads files only: nothing is executed "
        + "and TensorFlow is not started.";
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example("signatures and variables", "uvit inspect models/digits"),
        new Example("tensors, for a script", "uvit inspect weights.pth --json"));
  }

  @Override
  public Options options() {
    return JsonOption.add(new Options());
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
  public ExitCode run(Arguments arguments, Console console) throws Exception {
    Path path = console.resolve(arguments.requiredPositional("PATH"));
    JsonObject json = Inspection.of(path);
    if (JsonOption.given(arguments)) {
      JsonOption.print(console, json);
    } else {
      console.out().print(InspectionText.of(json));
    }
    return ExitCode.OK;
  }
}

package io.uvit.runner.cli;

import io.uvit.runner.data.DataException;
import io.uvit.savedmodels.export.WeightFileWriter;
import io.uvit.savedmodels.signature.SignatureRunner;
import io.uvit.savedmodels.weights.TensorEntry;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TensorFiles;
import io.uvit.savedmodels.weights.WeightFileException;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;

/** {@code uvit run}: any signature of any SavedModel on arrays. */
final class RunCommand implements Command {
  private static final String MODEL = "model";
  private static final String SIGNATURE = "signature";
  private static final String INPUTS = "inputs";
  private static final String OUTPUTS = "outputs";
  private static final String OVERWRITE = "overwrite";
  private static final String DEFAULT_SIGNATURE = "serving_default";

  @Override
  public String name() {
    return "run";
  }

  @Override
  public String summary() {
    return "call a signature of a SavedModel on arrays";
  }

  @Override
  public String synopsis() {
    return "--model DIR [--signature NAME] --inputs FILE --outputs FILE";
  }

  @Override
  public String description() {
    return "Calls a signature of any SavedModel: the arrays of an .npz file, named as the "
        + "signature names its inputs, to an .npz file with its outputs. Shapes are checked. An "
        + "array of another type is converted where no value changes by it (int64 labels to "
        + "int32, say) and refused otherwise. bfloat16, which numpy does not have, is read from "
        + "and written as float32. Text is neither read nor written. See 'uvit inspect DIR' for a "
        + "model's signatures.";
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example(
            "what an exported denoiser predicts",
            "uvit run --model models/digits --signature denoise \\\n"
                + "      --inputs in.npz --outputs out.npz"));
  }

  @Override
  public Options options() {
    return new Options()
        .addOption(required(MODEL, "DIR", "folder of the SavedModel"))
        .addOption(
            Option.builder()
                .longOpt(SIGNATURE)
                .hasArg()
                .argName("NAME")
                .desc("the signature (default: " + DEFAULT_SIGNATURE + ")")
                .get())
        .addOption(required(INPUTS, "FILE", "the input arrays: .npz (or .safetensors)"))
        .addOption(required(OUTPUTS, "FILE", "the .npz file to write"))
        .addOption(
            Option.builder().longOpt(OVERWRITE).desc("replace an existing output file").get());
  }

  private static Option required(String name, String argName, String description) {
    return Option.builder()
        .longOpt(name)
        .hasArg()
        .argName(argName)
        .required()
        .desc(description)
        .get();
  }

  @Override
  public ExitCode run(Arguments arguments, Console console) throws Exception {
    Path model = arguments.requiredPath(MODEL, console);
    Path inputs = arguments.requiredPath(INPUTS, console);
    Path outputs = arguments.requiredPath(OUTPUTS, console);
    String signature = arguments.text(SIGNATURE).orElse(DEFAULT_SIGNATURE);
    WeightFileWriter.checkTarget(outputs, arguments.has(OVERWRITE));
    try (TensorFile arrays = open(inputs);
        SignatureRunner runner = SignatureRunner.open(model)) {
      for (TensorEntry entry : runner.run(signature, arrays, outputs)) {
        console.note("%s: %s %s".formatted(entry.name(), entry.type().torchName(), entry.shape()));
      }
    } catch (WeightFileException e) {
      if (inputs.equals(e.file())) {
        throw new DataException(e.getMessage(), e); // data here, not weights
      }
      throw e;
    }
    console.out().println(outputs);
    return ExitCode.OK;
  }

  private static TensorFile open(Path inputs) throws DataException {
    try {
      return TensorFiles.open(inputs);
    } catch (WeightFileException e) {
      throw new DataException(e.getMessage(), e);
    }
  }
}

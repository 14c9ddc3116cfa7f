package io.uvit.tests.golden;

import io.uvit.config.v1.Experiment;
import io.uvit.savedmodels.export.Provenance;
import io.uvit.savedmodels.export.SavedModelWriter;
import io.uvit.savedmodels.signature.SignatureRunner;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TensorFiles;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A fixture's network as a SavedModel, and what its {@code denoise} makes of the fixture's inputs.
 *
 * @param model the SavedModel
 * @param inputs arguments of {@code denoise}
 */
public record ServedNetwork(Path model, Path inputs) {

  /** Writes model and inputs into a folder. */
  public static ServedNetwork write(String fixture, Path folder) throws IOException {
    Experiment experiment = GoldenExperiments.of(fixture);
    ServedNetwork served = new ServedNetwork(folder.resolve("model"), folder.resolve("in.npz"));
    try (TensorFile weights = Fixtures.tensors(fixture, "weights.pth")) {
      new SavedModelWriter()
          .write(
              served.model, false, experiment, weights, Provenance.ofFile("weights.pth", "test"));
    }
    DenoiseInputs.write(fixture, served.inputs);
    return served;
  }

  /** The prediction, by way of a file beside the model. */
  public float[] prediction() throws IOException {
    Path outputs = model.resolveSibling("out.npz");
    try (SignatureRunner runner = SignatureRunner.open(model);
        TensorFile arrays = TensorFiles.open(inputs)) {
      runner.run("denoise", arrays, outputs);
    }
    return DenoiseInputs.prediction(outputs);
  }
}

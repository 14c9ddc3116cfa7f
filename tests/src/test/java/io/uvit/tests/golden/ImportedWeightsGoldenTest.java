package io.uvit.tests.golden;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.uvit.config.v1.Experiment;
import io.uvit.savedmodels.export.Provenance;
import io.uvit.savedmodels.export.SavedModelWriter;
import io.uvit.savedmodels.signature.SignatureRunner;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TensorFiles;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Official weights become a SavedModel whose {@code denoise} gives the official outputs; tolerance
 * 5e-5 absolute, as for any float32 implementation.
 */
class ImportedWeightsGoldenTest {
  @TempDir Path folder;

  @ParameterizedTest
  @MethodSource(Fixtures.NETWORKS)
  void servedOutputsAreTheOfficialOnes(String fixture) throws IOException {
    Path model = folder.resolve("model");
    Path inputs = folder.resolve("in.npz");
    Path outputs = folder.resolve("out.npz");
    Experiment experiment = GoldenExperiments.of(fixture);
    try (TensorFile weights = TensorFiles.open(Fixtures.folder(fixture).resolve("weights.pth"))) {
      new SavedModelWriter()
          .write(model, false, experiment, weights, Provenance.ofFile("weights.pth", "test"));
    }
    DenoiseInputs.write(fixture, inputs);
    try (SignatureRunner runner = SignatureRunner.open(model);
        TensorFile arrays = TensorFiles.open(inputs)) {
      runner.run("denoise", arrays, outputs);
    }
    assertArrayEquals(
        DenoiseInputs.wanted(fixture), DenoiseInputs.prediction(outputs), 5e-5f, fixture);
  }
}

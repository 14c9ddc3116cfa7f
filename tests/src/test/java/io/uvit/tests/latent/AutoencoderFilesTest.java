package io.uvit.tests.latent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.graph.autoencoder.Autoencoder;
import io.uvit.graph.autoencoder.KlAutoencoder;
import io.uvit.graph.autoencoder.KlConfig;
import io.uvit.graph.autoencoder.TinyAutoencoder;
import io.uvit.ops.parameters.ParameterList;
import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.savedmodels.state.StateDict;
import io.uvit.savedmodels.weights.AutoencoderNaming;
import io.uvit.savedmodels.weights.AutoencoderWeights;
import io.uvit.savedmodels.weights.SafetensorsWriter;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TensorFiles;
import io.uvit.savedmodels.weights.TensorWriter;
import io.uvit.tests.golden.Fixtures;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real weight files of autoencoders under our names, and in diffusers' naming and back. */
class AutoencoderFilesTest {
  @TempDir Path folder;

  private static ParameterList own() {
    return new ParameterList().scope("autoencoder");
  }

  @Test
  void theTwoFilesOfTaef2() {
    Path data = Fixtures.shared().resolve("data/taef2");
    Path encoder = data.resolve("taef2_encoder.pth");
    Path decoder = data.resolve("taef2_decoder.pth");
    List<ParameterSpec> parameters = new TinyAutoencoder(own(), 32, true).parameters();
    try (TensorFile weights = AutoencoderWeights.open(encoder, Optional.of(decoder));
        TensorFile half = TensorFiles.open(decoder)) {
      assertEquals(half.bytes("19.bias"), weights.bytes("decoder.19.bias"));
      assertMatches(parameters, weights, AutoencoderNaming.TAESD);
      assertMatches(parameters, weights, AutoencoderNaming.DIFFUSERS_TINY);
    }
  }

  @Test
  void theOfficialAutoencoder() {
    Path file = Fixtures.shared().resolve("fixtures/autoencoder/weights.pth");
    List<ParameterSpec> parameters =
        new KlAutoencoder(own(), new KlConfig(32, List.of(1, 2), 1, 4)).parameters();
    try (TensorFile weights = AutoencoderWeights.open(file, Optional.empty())) {
      assertMatches(parameters, weights, AutoencoderNaming.LDM);
      assertMatches(parameters, weights, AutoencoderNaming.DIFFUSERS_KL);
    }
  }

  /** Writes the weights in a naming, and reads them as they were. */
  private void assertMatches(
      List<ParameterSpec> parameters, TensorFile weights, AutoencoderNaming naming) {
    assertEquals(
        parameters.size(), StateDict.match(parameters, weights.within(Autoencoder.PREFIX)).size());
    TensorFile view = AutoencoderWeights.renamed(weights, naming);
    Path written = folder.resolve(naming + ".safetensors");
    try (TensorWriter writer =
        SafetensorsWriter.create(written, List.copyOf(view.entries().values()), Map.of())) {
      writer.copy(view);
    }
    assertEquals(naming, AutoencoderWeights.naming(written));
    try (TensorFile back = AutoencoderWeights.open(written, Optional.empty())) {
      assertEquals(weights.entries(), back.entries());
      assertTrue(back.entries().size() > 60);
      for (String name : weights.entries().keySet()) {
        assertEquals(weights.bytes(name), back.bytes(name), name);
      }
    }
  }
}

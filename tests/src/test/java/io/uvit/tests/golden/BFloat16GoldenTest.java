package io.uvit.tests.golden;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Precision;
import io.uvit.config.v1.Runtime;
import io.uvit.graph.model.UViTConfig;
import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.savedmodels.state.SessionConfigs;
import io.uvit.savedmodels.weights.TensorFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code runtime.precision: BFLOAT16} against the official code in float32: a number has 8 bits of
 * mantissa, so single values are off by up to 2^-9, and sums of rounded products by a little less
 * or more.
 */
class BFloat16GoldenTest {
  private static final double LOSS = 1e-2;
  private static final double GRADIENT = 3e-2;

  /** What float32 alone is off by, at most: more shows that products were rounded. */
  private static final double FLOAT32 = 1e-5;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "uvit_uncond",
        "uvit_cond",
        "uvit_cond_latent",
        "uvit_noskip_odd",
        "uvit_t2i",
        "uvit_t2i_mlp"
      })
  void lossesAndGradientsAreThoseOfTheOfficialCodeButForRounding(String fixture)
      throws IOException {
    JsonObject json = Fixtures.json(fixture, "config.json");
    UViTConfig config = GoldenNets.config(json);
    Runtime runtime = Runtime.newBuilder().setPrecision(Precision.BFLOAT16).build();
    try (TensorFile data = Fixtures.tensors(fixture, "data.npz");
        TensorFile official = Fixtures.tensors(fixture, "grads.npz")) {
      Experiment experiment =
          UViTGoldenTest.experiment(config, data).toBuilder().setRuntime(runtime).build();
      GoldenGradients found =
          GoldenGradients.of(fixture, experiment, config, data, SessionConfigs.of(runtime));
      double loss = GoldenGradients.relative(data.floats("loss"), found.lossPerImage());
      List<float[]> expected = new ArrayList<>();
      for (ParameterSpec spec : found.specs()) {
        expected.add(official.floats(spec.name()));
      }
      double gradient = GoldenGradients.relative(GoldenGradients.join(expected), found.all());
      System.out.printf("%s: loss %.1e, gradient %.1e%n", fixture, loss, gradient);
      assertTrue(loss <= LOSS, "loss: relative L2 " + loss);
      assertTrue(gradient <= GRADIENT, "gradient: relative L2 " + gradient);
      assertTrue(gradient > FLOAT32, "gradient: relative L2 " + gradient + ", as in float32");
    }
  }
}

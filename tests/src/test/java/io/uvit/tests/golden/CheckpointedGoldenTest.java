package io.uvit.tests.golden;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.uvit.config.v1.Experiment;
import io.uvit.graph.model.UViTConfig;
import io.uvit.savedmodels.weights.TensorFile;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GraphOptions;
import org.tensorflow.proto.RewriterConfig;

/**
 * {@code train.activation_checkpointing} with the official code's weights and inputs: every
 * gradient against the one without it, and against the official code.
 */
class CheckpointedGoldenTest {
  /** Without changes by TensorFlow's graph optimizer, which round in another way. */
  private static final ConfigProto AS_BUILT =
      ConfigProto.newBuilder()
          .setGraphOptions(
              GraphOptions.newBuilder()
                  .setRewriteOptions(RewriterConfig.newBuilder().setDisableMetaOptimizer(true)))
          .build();

  @ParameterizedTest
  @MethodSource(Fixtures.NETWORKS)
  void gradientsAreThoseOfThePlainGraphAndOfTheOfficialCode(String fixture) {
    JsonObject json = Fixtures.json(fixture, "config.json");
    json.remove("qk_scale"); // the official fused attention ignores it
    UViTConfig config = GoldenNets.config(json);
    try (TensorFile data = Fixtures.tensors(fixture, "data.npz");
        TensorFile official = Fixtures.tensors(fixture, "grads.npz")) {
      Experiment experiment = UViTGoldenTest.experiment(config, data);
      Experiment.Builder changed = experiment.toBuilder();
      changed.getTrainBuilder().setActivationCheckpointing(true);
      GoldenGradients plain = GoldenGradients.of(fixture, experiment, config, data, AS_BUILT);
      GoldenGradients found = GoldenGradients.of(fixture, changed.build(), config, data, AS_BUILT);
      double worst = 0;
      for (int i = 0; i < plain.specs().size(); i++) {
        String name = plain.specs().get(i).name();
        double distance = Distances.relative(plain.values().get(i), found.values().get(i));
        assertTrue(distance <= 1e-6, name + ": relative L2 " + distance);
        worst = Math.max(worst, distance);
        GoldenGradients.assertOfficial(name, official.floats(name), found.values().get(i));
      }
      System.out.printf(
          "%s: %d gradients, worst relative L2 %.1e%n", fixture, plain.specs().size(), worst);
    }
  }
}

package io.uvit.graph.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code train.micro_batch_size} against the same training on whole batches. */
class AccumulatedGradientsTest {

  @ParameterizedTest(name = "{0} {1} {2}")
  @CsvSource({
    "cifar10_uvit_small, train.batch_size=4, train.micro_batch_size=1",
    "cifar10_uvit_small, train.batch_size=6, train.micro_batch_size=2",
    "cifar10_uvit_small, train.batch_size=4 diffusion.min_snr_gamma=5, train.micro_batch_size=2",
    "imagenet64_uvit_mid, train.batch_size=4, train.micro_batch_size=2",
    "imagenet256_uvit_large, train.batch_size=4, train.micro_batch_size=1",
    "mscoco_uvit_small, train.batch_size=4, train.micro_batch_size=2",
    "mscoco_uvit_small, train.batch_size=4, train.micro_batch_size=2 train.activation_checkpointing=true",
  })
  void gradientsAreThoseOfTheWholeBatch(String config, String override, String option) {
    // Sums over all pixels of all images, in another order; those of single biases nearly cancel.
    GradientRuns.compare(config, override, option, GradientRuns.AS_BUILT, 1e-5, 3e-6);
  }

  @Test
  void lossesOfTheFirstStepsAreThoseOfTheWholeBatch() {
    List<Float> whole =
        GradientRuns.losses(GradientRuns.experiment("imagenet64_uvit_mid", "train.batch_size=4"));
    List<Float> parts =
        GradientRuns.losses(
            GradientRuns.experiment(
                "imagenet64_uvit_mid", "train.batch_size=4", "train.micro_batch_size=2"));
    for (int i = 0; i < whole.size(); i++) {
      assertEquals(whole.get(i), parts.get(i), 1e-5 * whole.get(i), "step " + i);
    }
    assertTrue(whole.get(0) > whole.get(whole.size() - 1) * 1.0001, whole::toString);
  }
}

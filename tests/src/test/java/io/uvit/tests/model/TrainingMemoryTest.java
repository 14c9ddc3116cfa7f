package io.uvit.tests.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.ConfigLoader;
import io.uvit.config.v1.Experiment;
import io.uvit.graph.model.TrainingMemory;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingMemoryTest {
  private static final long PARAMETERS = 44_255_328; // of cifar10_uvit_small
  private static final long GRADIENTS = 4 * PARAMETERS;

  /** MB that a process took at its most on a CPU, after two steps; docs/performance.md. */
  @ParameterizedTest(name = "{0}, batch {1}, {2}, checkpointing {3}")
  @CsvSource({
    "cifar10_uvit_small, 4, FLOAT32, false, 1749",
    "cifar10_uvit_small, 4, BFLOAT16, false, 1681",
    "cifar10_uvit_small, 16, FLOAT32, false, 3009",
    "cifar10_uvit_small, 16, BFLOAT16, false, 2370",
    "imagenet64_uvit_mid, 4, FLOAT32, false, 3833",
    "imagenet64_uvit_mid, 16, FLOAT32, false, 6097",
    "imagenet64_uvit_mid, 16, BFLOAT16, false, 5196",
    "imagenet64_uvit_mid, 16, FLOAT32, true, 3999",
    "imagenet64_uvit_mid, 16, BFLOAT16, true, 3949",
    "imagenet256_uvit_large, 2, FLOAT32, false, 7015",
    "imagenet256_uvit_large, 2, BFLOAT16, false, 7033",
  })
  void liesWithinAFifthOfWhatWasMeasured(
      String config, int batch, String precision, boolean checkpointing, double measured) {
    double found =
        memory(
                config,
                "train.batch_size=" + batch,
                "runtime.precision=" + precision,
                "train.activation_checkpointing=" + checkpointing)
            .total();
    assertEquals(measured * 1e6, found, 0.2 * measured * 1e6);
  }

  @Test
  void imagesTakeTheirActivations() {
    TrainingMemory one = small("train.batch_size=101");
    TrainingMemory two = small("train.batch_size=102");
    long block = 4 * (2048 + 8 * 512);
    long kept = 13 * block + 6 * 4 * 3 * 512 + 4 * 3 * 512;
    long inFlight = 8 * 257 * 16; // the softmax and its gradient
    assertEquals(257 * (kept + inFlight), two.step() - one.step());
    assertEquals(4 * GRADIENTS, two.state());
  }

  @Test
  void gradientsTakeTheirPlace() {
    assertEquals(GRADIENTS + 257 * 8 * 257 * 16, small("train.batch_size=1").step());
  }

  @Test
  void averagesAndSumsAddTheirs() {
    Experiment plain = ConfigLoader.load("cifar10_uvit_small", List.of());
    Experiment.Builder averaged = plain.toBuilder();
    averaged.getTrainBuilder().addExtraEmaDecays(0.9).addExtraEmaDecays(0.99);
    assertEquals(6 * GRADIENTS, TrainingMemory.of(averaged.build()).state());
    TrainingMemory parts = small("train.batch_size=128", "train.micro_batch_size=4");
    assertEquals(5 * GRADIENTS, parts.state());
    assertEquals(small("train.batch_size=4").step(), parts.step());
    assertEquals(
        small("train.batch_size=4"), small("train.batch_size=4", "train.micro_batch_size=4"));
  }

  @Test
  void narrowTypesAddACopyOfTheWeightsAndHalveActivations() {
    TrainingMemory wide = small("train.batch_size=64");
    TrainingMemory narrow = small("train.batch_size=64", "runtime.precision=BFLOAT16");
    assertEquals(2 * PARAMETERS, narrow.state() - wide.state());
    assertTrue(narrow.step() < 0.65 * wide.step(), narrow + ", float32 " + wide);
  }

  @Test
  void checkpointingKeepsTheInputsOfBlocksAndOneBlock() {
    TrainingMemory all = small("train.batch_size=64");
    TrainingMemory again = small("train.batch_size=64", "train.activation_checkpointing=true");
    assertTrue(again.step() < 0.25 * all.step(), again + ", without " + all);
    assertEquals(all.state(), again.state());
  }

  private static TrainingMemory small(String... overrides) {
    return memory("cifar10_uvit_small", overrides);
  }

  private static TrainingMemory memory(String name, String... overrides) {
    return TrainingMemory.of(ConfigLoader.load(name, List.of(overrides)));
  }
}

package io.uvit.graph.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.GraphOperation;
import org.tensorflow.proto.ConfigProto;

/** {@code train.activation_checkpointing} against the same training without it. */
class CheckpointedGradientsTest {
  private static final String OPTION = "train.activation_checkpointing=true";

  /** Products with weights in a block: q k v, projection, two of the MLP. */
  private static final int PRODUCTS = 4;

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({
    "cifar10_uvit_small, model.depth=4",
    "cifar10_uvit_small, model.depth=2",
    "cifar10_uvit_small, model.mlp_time_embed=true",
    "cifar10_uvit_small, model.skip=NONE",
    "imagenet64_uvit_mid, model.qkv_bias=true",
    "imagenet256_uvit_large, model.final_conv=false",
    "mscoco_uvit_small, model.depth=2",
    "mscoco_uvit_small, model.mlp_time_embed=true"
  })
  void gradientsAreThePlainOnes(String config, String override) {
    GradientRuns.compare(config, override, OPTION, GradientRuns.AS_BUILT, 1e-6, 1e-6);
  }

  /**
   * TensorFlow's graph optimizer joins ops of a forward pass that no gradient reads into others,
   * which round in another way.
   */
  @Test
  void gradientsOfOptimizedGraphsAreThePlainOnesButForRounding() {
    GradientRuns.compare(
        "mscoco_uvit_small", "model.depth=2", OPTION, ConfigProto.getDefaultInstance(), 1e-5, 1e-5);
  }

  @Test
  void lossesOfTheFirstStepsAreThePlainOnes() {
    List<Float> plain = GradientRuns.losses(GradientRuns.experiment("imagenet64_uvit_mid"));
    List<Float> checkpointed =
        GradientRuns.losses(GradientRuns.experiment("imagenet64_uvit_mid", OPTION));
    for (int i = 0; i < plain.size(); i++) {
      assertEquals(plain.get(i), checkpointed.get(i), 1e-5 * plain.get(i), "step " + i);
    }
    assertTrue(plain.get(0) > plain.get(plain.size() - 1) * 1.0001, plain::toString);
  }

  /** What is new in the graph is the products of all blocks once more, and nothing else. */
  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void eachBlockIsBuiltTwice(int depth) {
    String override = "model.depth=" + depth;
    try (TrainingGraph plain =
            new TrainingGraph(GradientRuns.experiment("cifar10_uvit_small", override));
        TrainingGraph graph =
            new TrainingGraph(GradientRuns.experiment("cifar10_uvit_small", override, OPTION))) {
      int products = (depth + 1) * (PRODUCTS + 2) + depth / 2; // and one for each long skip
      assertEquals(products, products(graph) - products(plain));
      assertEquals(0, count(graph, "BatchMatMulV3"));
      assertEquals(count(plain, "ReadVariableOp"), count(graph, "ReadVariableOp"));
    }
  }

  /** Else all activations would stay alive from the forward pass to the gradients. */
  @Test
  void gradientsReadNothingFromWithinTheFirstComputation() {
    try (TrainingGraph graph =
        new TrainingGraph(GradientRuns.experiment("cifar10_uvit_small", OPTION))) {
      Set<String> readBeyond = new HashSet<>();
      for (GraphOperation op : operations(graph)) {
        if (!op.name().matches("(uvit|solve)/.*")) {
          for (int i = 0; i < op.numInputs(); i++) {
            String input = op.input(i).op().name();
            if (input.matches("uvit/(in_blocks|mid_block|out_blocks).*")) {
              readBeyond.add(input);
            }
          }
        }
      }
      // what comes out of the five blocks, and nothing else
      assertEquals(5, readBeyond.size(), readBeyond::toString);
    }
  }

  private static List<GraphOperation> operations(TrainingGraph graph) {
    List<GraphOperation> all = new ArrayList<>();
    Iterator<GraphOperation> operations = graph.graph().operations();
    operations.forEachRemaining(all::add);
    return all;
  }

  /** With sums of rows, of which both graphs have as many. */
  private static long products(TrainingGraph graph) {
    return count(graph, "BatchMatMulV2") + count(graph, "MatMul");
  }

  private static long count(TrainingGraph graph, String type) {
    return operations(graph).stream().filter(op -> op.type().equals(type)).count();
  }
}

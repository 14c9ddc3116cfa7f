package io.uvit.runner.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.ConfigLoader;
import io.uvit.config.v1.Experiment;
import io.uvit.graph.model.ModelCost;
import io.uvit.graph.model.UViT;
import io.uvit.graph.model.UViTConfig;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Gradients;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.op.train.BatchMatMul;
import org.tensorflow.types.TFloat32;

class GraphFlopsTest {
  private static Operand<TFloat32> input(Ops tf, long... dims) {
    return tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(dims)));
  }

  private static long flops(Operand<?> target) {
    return GraphFlops.of((GraphOperation) target.op());
  }

  @Test
  void productsCountTwoForEachMultiplyAdd() {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      assertEquals(2 * 3 * 5 * 7, flops(tf.linalg.matMul(input(tf, 3, 5), input(tf, 5, 7))));
      assertEquals(
          2 * 3 * 5 * 7,
          flops(tf.linalg.matMul(input(tf, 5, 3), input(tf, 5, 7), MatMul.transposeA(true))));
      assertEquals(
          2 * 4 * 3 * 5 * 7,
          flops(
              tf.train.batchMatMul(
                  input(tf, 4, 3, 5), input(tf, 4, 7, 5), TFloat32.class, BatchMatMul.adjY(true))));
    }
  }

  @Test
  void aConvolutionAndItsGradientsTakeThreeTimesItsProducts() {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Operand<TFloat32> image = input(tf, 2, 8, 8, 3);
      Operand<TFloat32> filter = input(tf, 3, 3, 3, 4);
      Operand<TFloat32> out = tf.nn.conv2d(image, filter, List.of(1L, 1L, 1L, 1L), "SAME");
      long forward = 2L * 2 * 8 * 8 * 4 * 3 * 3 * 3;
      assertEquals(forward, flops(out));
      var both =
          tf.gradients(
                  List.of(out),
                  List.of(image, filter),
                  Gradients.dx(List.of(input(tf, 2, 8, 8, 4))))
              .dy();
      long backward = flops(both.get(0)) + flops(both.get(1));
      assertEquals(2 * forward, backward, "the forward pass is not part of its gradients");
    }
  }

  @Test
  void anOpThatTwoOthersReadCountsOnce() {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Operand<TFloat32> square = tf.linalg.matMul(input(tf, 3, 3), input(tf, 3, 3));
      assertEquals(54, flops(tf.math.add(square, tf.math.neg(square))));
    }
  }

  @Test
  void aShapeThatIsNotKnownIsNamed() {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Operand<TFloat32> product =
          tf.withName("open").linalg.matMul(input(tf, -1, 5), input(tf, 5, 7));
      String message = assertThrows(IllegalStateException.class, () -> flops(product)).getMessage();
      assertTrue(message.startsWith("open: found shape "), message);
    }
  }

  /**
   * A step computes the network once forward and about twice backward, q k^T a second time, and
   * small products for the means in LayerNorm's gradients.
   */
  @Test
  void aTrainingStepTakesThreeTimesTheNetworksProducts() {
    Experiment experiment = ConfigLoader.load("quickstart", List.of("train.batch_size=2"));
    UViT model = new UViT(UViTConfig.of(experiment.getModel()));
    UViTConfig config = model.config();
    double forward = 2.0 * 2 * ModelCost.of(model).multiplyAdds();
    double scores =
        2.0 * 2 * (config.depth() + 1) * Math.pow(config.numTokens(), 2) * config.embedDim();
    try (TrainingRig rig = new TrainingRig(experiment)) {
      double ratio = (rig.flops() - scores) / forward;
      assertTrue(ratio > 2.9 && ratio <= 3.02, "ratio " + ratio);
    }
  }
}

package io.uvit.graph.train;

import io.uvit.graph.model.UViT;
import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.ops.parameters.Weights;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Gradients of a loss with respect to the parameters of a network. */
final class LossGradients {
  private LossGradients() {}

  /**
   * Adds the gradients to the graph.
   *
   * @param weights those of the trace
   * @param trace the forward pass
   * @param loss scalar, a function of the trace's prediction
   * @param checkpointing whether blocks are computed a second time ({@link CheckpointedGradients})
   * @return one for each parameter of the model, in their order
   */
  @SuppressWarnings("unchecked") // every parameter is float32, and so is its gradient
  static List<Operand<TFloat32>> of(
      Ops tf,
      UViT model,
      Weights weights,
      UViT.Trace trace,
      Operand<TFloat32> loss,
      boolean checkpointing) {
    if (checkpointing) {
      return new CheckpointedGradients(model, weights, trace).of(tf, loss);
    }
    List<Operand<TFloat32>> reads = new ArrayList<>();
    for (ParameterSpec spec : model.parameters()) {
      reads.add(weights.get(spec));
    }
    List<Operand<TFloat32>> result = new ArrayList<>();
    for (var gradient : tf.gradients(loss, reads).dy()) {
      result.add((Operand<TFloat32>) gradient);
    }
    return List.copyOf(result);
  }
}

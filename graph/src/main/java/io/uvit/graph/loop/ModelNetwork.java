package io.uvit.graph.loop;

import io.uvit.graph.model.Conditioning;
import io.uvit.graph.model.UViT;
import io.uvit.ops.nn.ForwardPass;
import io.uvit.ops.parameters.FunctionWeights;
import io.uvit.ops.parameters.Weights;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * A {@link UViT} for a sampling loop.
 *
 * @param model the network
 * @param source its weights outside the loop
 */
public record ModelNetwork(UViT model, Weights source) implements LoopNetwork {

  @Override
  public List<Operand<?>> weights() {
    return crossing().arguments(source);
  }

  @Override
  public Operand<TFloat32> predict(
      Ops tf,
      List<Operand<?>> weights,
      Operand<TFloat32> x,
      Operand<TFloat32> networkTime,
      List<Operand<?>> condition) {
    Weights own = crossing().within(tf, weights);
    return model.apply(new ForwardPass(tf, own), inputs(x, networkTime, condition));
  }

  private FunctionWeights crossing() {
    return FunctionWeights.forInference(model.parameters(), source.computeType());
  }

  @SuppressWarnings("unchecked") // the type of the condition follows from its kind
  private UViT.Inputs inputs(
      Operand<TFloat32> x, Operand<TFloat32> networkTime, List<Operand<?>> condition) {
    Conditioning kind = model.config().conditioning();
    Optional<Operand<TInt32>> label =
        kind instanceof Conditioning.ClassLabel
            ? Optional.of((Operand<TInt32>) condition.get(0))
            : Optional.empty();
    Optional<Operand<TFloat32>> context =
        kind instanceof Conditioning.Text
            ? Optional.of((Operand<TFloat32>) condition.get(0))
            : Optional.empty();
    return new UViT.Inputs(x, networkTime, label, context);
  }
}

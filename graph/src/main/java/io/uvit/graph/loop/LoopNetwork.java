package io.uvit.graph.loop;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** A network that a sampling loop evaluates; the loop knows nothing of what is inside. */
public interface LoopNetwork {

  /** The values of all weights outside the loop; they are read once and passed into it. */
  List<Operand<?>> weights();

  /**
   * One evaluation.
   *
   * @param tf where its ops go
   * @param weights what {@link #weights} became inside the loop, in the same order
   * @param x noisy images [B, H, W, C]
   * @param networkTime the network's own time input, [B]
   * @param condition what each image is conditioned on, [B, ...]; empty for an unconditional
   *     network
   * @return the network's output, [B, H, W, C]
   */
  Operand<TFloat32> predict(
      Ops tf,
      List<Operand<?>> weights,
      Operand<TFloat32> x,
      Operand<TFloat32> networkTime,
      List<Operand<?>> condition);
}

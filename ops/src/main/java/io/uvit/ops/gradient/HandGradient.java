package io.uvit.ops.gradient;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;

/**
 * The backward half of a function whose forward half is in the graph already.
 *
 * <p>It is called while TensorFlow holds the lock of the graph: asking an operand for its shape, or
 * printing one, waits for ever. It must not keep operands or the graph; what it needs of them comes
 * through its arguments.
 */
@FunctionalInterface
public interface HandGradient {
  /**
   * Builds the gradients.
   *
   * @param tf where the ops go
   * @param incoming the gradient of the loss with respect to the function's value, of its shape and
   *     type
   * @param forward what the forward half left
   * @return one gradient for each differentiated input, of its shape and type
   */
  List<Operand<?>> of(Ops tf, Operand<?> incoming, Forward forward);

  /**
   * What the forward half left, in the order given to {@link CustomGradients#attach}.
   *
   * @param value of the function
   * @param inputs that it is differentiated by
   * @param saved further values
   */
  record Forward(Operand<?> value, List<Operand<?>> inputs, List<Operand<?>> saved) {
    public Forward {
      inputs = List.copyOf(inputs);
      saved = List.copyOf(saved);
    }
  }
}

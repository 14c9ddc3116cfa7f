package io.uvit.graph.train;

import io.uvit.graph.model.UViT;
import io.uvit.ops.nn.ForwardPass;
import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.ops.parameters.Weights;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Gradients;
import org.tensorflow.types.TFloat32;

/**
 * The gradients of a loss with the activations of one block at a time (Chen et al. 2016, "Training
 * Deep Nets with Sublinear Memory Cost"; official libs/uvit.py {@code use_checkpoint}).
 *
 * <p>The gradients do not read what the forward pass computed within a block, only what went into
 * it. From the last block to the first, each block is computed a second time from there, once the
 * gradients of the block after it are complete:
 *
 * <pre>
 *   forward:   x_0 -> block 0 -> x_1 -> ... -> block n -> x_(n+1) -> head -> loss
 *   backward:  d x_(n+1) and head;  for i = n..0: block i again from x_i, then d x_i, d skip, d W_i
 * </pre>
 *
 * <p>The second computation starts from copies of its inputs that wait for those gradients by
 * control dependencies. So it cannot run early, and no optimizer of graphs can take it for the
 * first. The gradients are those of the plain graph up to the rounding of sums.
 */
final class CheckpointedGradients {
  private final UViT model;
  private final Weights weights;
  private final UViT.Trace trace;
  private final Map<ParameterSpec, Operand<TFloat32>> ofParameters = new HashMap<>();
  private final List<List<Operand<TFloat32>>> ofBorders = new ArrayList<>();

  /**
   * Nothing is built yet.
   *
   * @param weights those of the trace; each is read once
   * @param trace the forward pass
   */
  CheckpointedGradients(UViT model, Weights weights, UViT.Trace trace) {
    this.model = model;
    this.weights = weights;
    this.trace = trace;
  }

  /**
   * Adds the gradients to the graph; to be called once.
   *
   * @param loss scalar, a function of the trace's prediction
   * @return one for each parameter of the model, in their order
   */
  List<Operand<TFloat32>> of(Ops tf, Operand<TFloat32> loss) {
    int blocks = model.blockCount();
    trace.borders().forEach(border -> ofBorders.add(new ArrayList<>()));
    List<Operand<TFloat32>> last =
        gradients(
            tf,
            loss,
            List.of(trace.borders().get(blocks)),
            model.headParameters(),
            Optional.empty());
    ofBorders.get(blocks).add(last.get(0));
    Ops again = tf.withSubScope("again");
    for (int block = blocks - 1; block >= 0; block--) {
      last = throughBlock(tf, again, block, last);
    }
    gradients(
        tf,
        trace.borders().get(0),
        List.of(),
        model.embeddingParameters(),
        Optional.of(ofBorder(tf, 0)));
    return model.parameters().stream().map(ofParameters::get).toList();
  }

  /**
   * Computes a block again and its gradients.
   *
   * @param again where ops of the second computation go
   * @param before all gradients of the block after it
   * @return all gradients of this block
   */
  private List<Operand<TFloat32>> throughBlock(
      Ops tf, Ops again, int block, List<Operand<TFloat32>> before) {
    Operand<TFloat32> incoming = ofBorder(tf, block + 1);
    List<Op> complete = new ArrayList<>(before);
    complete.add(incoming);
    Ops after = again.withControlDependencies(complete);
    List<Operand<TFloat32>> inputs = new ArrayList<>();
    inputs.add(after.identity(trace.borders().get(block)));
    OptionalInt source = model.skipSource(block);
    if (source.isPresent()) {
      inputs.add(after.identity(trace.borders().get(source.getAsInt() + 1)));
    }
    Operand<TFloat32> output =
        model.applyBlock(
            ForwardPass.differentiable(again, weights),
            block,
            inputs.get(0),
            source.isPresent() ? Optional.of(inputs.get(1)) : Optional.empty());
    List<Operand<TFloat32>> result =
        gradients(tf, output, inputs, model.blockParameters(block), Optional.of(incoming));
    ofBorders.get(block).add(result.get(0));
    if (source.isPresent()) {
      ofBorders.get(source.getAsInt() + 1).add(result.get(1));
    }
    return result;
  }

  /**
   * The gradient of the loss with respect to a border, [B*N, D]: of the next block and the skip.
   */
  private Operand<TFloat32> ofBorder(Ops tf, int border) {
    List<Operand<TFloat32>> parts = ofBorders.get(border);
    return parts.size() == 1 ? parts.get(0) : tf.math.addN(parts);
  }

  /**
   * Gradients with respect to values and parameters; those of parameters are kept.
   *
   * @param incoming the gradient of the loss with respect to {@code of}; empty if it is the loss
   */
  @SuppressWarnings("unchecked") // all of them are float32, and so are their gradients
  private List<Operand<TFloat32>> gradients(
      Ops tf,
      Operand<TFloat32> of,
      List<Operand<TFloat32>> values,
      List<ParameterSpec> parameters,
      Optional<Operand<TFloat32>> incoming) {
    List<Operand<TFloat32>> with = new ArrayList<>(values);
    parameters.forEach(parameter -> with.add(weights.get(parameter)));
    Gradients.Options[] options =
        incoming.stream().map(dx -> Gradients.dx(List.of(dx))).toArray(Gradients.Options[]::new);
    List<Operand<TFloat32>> result = new ArrayList<>();
    for (var gradient : tf.gradients(List.of(of), with, options).dy()) {
      result.add((Operand<TFloat32>) gradient);
    }
    for (int i = 0; i < parameters.size(); i++) {
      ofParameters.put(parameters.get(i), result.get(values.size() + i));
    }
    return result;
  }
}

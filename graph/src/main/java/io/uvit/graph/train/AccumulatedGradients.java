package io.uvit.graph.train;

import io.uvit.graph.diffusion.ForwardProcess;
import io.uvit.graph.model.UViT;
import io.uvit.ops.control.ControlFlow;
import io.uvit.ops.nn.ForwardPass;
import io.uvit.ops.parameters.FunctionWeights;
import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.ops.parameters.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TType;

/**
 * The gradients of a batch from some of its images at a time ({@code train.micro_batch_size}): a
 * loop in the graph whose body computes forward and backward pass of a part and adds its gradients
 * to those of the parts before. Memory is that of one part and one more copy of the gradients.
 *
 * <p>What the batch is made of, its noise and its times are those of the whole batch, so the sums
 * are the gradients of the whole batch but for the order of additions.
 *
 * <p>Shapes: B images of a batch, b of a part.
 *
 * @param model the network
 * @param process noise and loss
 * @param microBatchSize b, a divisor of B
 * @param checkpointing whether blocks are computed a second time ({@link CheckpointedGradients})
 */
record AccumulatedGradients(
    UViT model, ForwardProcess process, int microBatchSize, boolean checkpointing) {

  /**
   * What the loop gives.
   *
   * @param lossPerImage mean square error of each image, [B]
   * @param gradients of the mean of the weighted errors, times the loss scale, in the order of the
   *     model's parameters
   */
  record Sums(Operand<TFloat32> lossPerImage, List<Operand<TFloat32>> gradients) {}

  /**
   * The images of a batch, or a part of them, as the network sees them.
   *
   * @param noisy [B, H, W, C]
   * @param target what the network is to predict, [B, H, W, C]
   * @param networkTime the network's time input, [B]
   * @param weight of each image's error, [B]; empty: 1
   * @param label int32 [B]
   * @param context [B, numTokens, contextDim]
   */
  private record Images(
      Operand<TFloat32> noisy,
      Operand<TFloat32> target,
      Operand<TFloat32> networkTime,
      Optional<Operand<TFloat32>> weight,
      Optional<Operand<TInt32>> label,
      Optional<Operand<TFloat32>> context) {

    List<Operand<?>> all() {
      List<Operand<?>> list = new ArrayList<>(List.of(noisy, target, networkTime));
      weight.ifPresent(list::add);
      label.ifPresent(list::add);
      context.ifPresent(list::add);
      return list;
    }

    /** The same fields from a list in the order of {@link #all}. */
    @SuppressWarnings("unchecked") // types and order are those of all()
    Images of(List<? extends Operand<?>> list) {
      var next = List.<Operand<?>>copyOf(list).iterator();
      return new Images(
          (Operand<TFloat32>) next.next(),
          (Operand<TFloat32>) next.next(),
          (Operand<TFloat32>) next.next(),
          weight.map(w -> (Operand<TFloat32>) next.next()),
          label.map(l -> (Operand<TInt32>) next.next()),
          context.map(c -> (Operand<TFloat32>) next.next()));
    }
  }

  /**
   * Adds the loop to the graph.
   *
   * @param weights of the network
   * @param inputs of the step
   * @param noisy the noisy images, [B, H, W, C]
   * @param lossScale what the gradients are multiplied by, scalar; empty: 1
   */
  @SuppressWarnings("unchecked") // state, invariants and their order are written here
  Sums of(
      Ops tf,
      Weights weights,
      StepInputs inputs,
      Operand<TFloat32> noisy,
      Optional<Operand<TFloat32>> lossScale) {
    List<ParameterSpec> specs = model.parameters();
    int batch = Math.toIntExact(noisy.shape().get(0));
    Images images =
        new Images(
            noisy,
            process.target(tf, inputs.x0(), inputs.noise(), inputs.time()),
            process.networkTime(tf, inputs.time()),
            process.lossWeight(tf, inputs.time()),
            inputs.labelsChecked(),
            inputs.contextFed());
    List<Operand<?>> state = new ArrayList<>();
    state.add(tf.constant(0));
    state.add(tf.zeros(tf.constant(new int[] {batch}), TFloat32.class));
    for (ParameterSpec spec : specs) {
      state.add(tf.zeros(tf.constant(spec.shape().asArray()), TFloat32.class));
    }
    List<Operand<?>> invariants = new ArrayList<>(images.all());
    FunctionWeights crossing = FunctionWeights.differentiable(specs, weights.computeType());
    invariants.addAll(crossing.arguments(weights));
    int firstWeight = state.size() + images.all().size();
    int end = state.size() + invariants.size();
    lossScale.ifPresent(invariants::add);
    List<Operand<?>> result =
        ControlFlow.loop(
            tf.withSubScope("accumulate"),
            state,
            invariants,
            (ops, a) -> List.of(ops.math.less((Operand<TInt32>) a.get(0), ops.constant(batch))),
            (ops, a) -> {
              Images whole = images.of(a.subList(state.size(), firstWeight));
              Weights own = crossing.within(ops, a.subList(firstWeight, end));
              return step(
                  ops,
                  a.subList(0, state.size()),
                  whole,
                  own,
                  batch,
                  lossScale.map(scale -> (Operand<TFloat32>) a.get(end)));
            });
    return new Sums(
        (Operand<TFloat32>) result.get(1),
        result.subList(2, result.size()).stream().map(g -> (Operand<TFloat32>) g).toList());
  }

  /** One part: [images done, losses, gradients...] to the same. */
  @SuppressWarnings("unchecked") // the order of the state
  private List<Operand<?>> step(
      Ops tf,
      List<? extends Operand<?>> state,
      Images whole,
      Weights weights,
      int batch,
      Optional<Operand<TFloat32>> lossScale) {
    Operand<TInt32> done = (Operand<TInt32>) state.get(0);
    Operand<TInt32> next = tf.math.add(done, tf.constant(microBatchSize));
    Operand<TInt32> numbers = tf.range(done, next, tf.constant(1)); // [b]
    Images part = whole.of(whole.all().stream().map(v -> rows(tf, v, done)).toList());

    UViT.Trace trace =
        model.trace(
            ForwardPass.differentiable(tf.withSubScope("uvit"), weights),
            new UViT.Inputs(part.noisy, part.networkTime, part.label, part.context));
    Operand<TFloat32> perImage = process.lossPerImage(tf, part.target, trace.prediction()); // [b]
    Operand<TFloat32> weighted =
        part.weight.<Operand<TFloat32>>map(w -> tf.math.mul(w, perImage)).orElse(perImage);
    Operand<TFloat32> share =
        tf.math.div(tf.sum(weighted, tf.constant(0)), tf.constant((float) batch));
    List<Operand<TFloat32>> gradients =
        LossGradients.of(
            tf, model, weights, trace, LossScale.scaled(tf, share, lossScale), checkpointing);

    List<Operand<?>> sums = new ArrayList<>();
    for (int i = 0; i < gradients.size(); i++) {
      sums.add(tf.math.add((Operand<TFloat32>) state.get(2 + i), gradients.get(i)));
    }
    List<Operand<?>> results = new ArrayList<>();
    List<Op> complete = new ArrayList<>();
    sums.forEach(sum -> complete.add((Op) sum));
    // Not before: else the executor would work on several parts at once.
    results.add(tf.withControlDependencies(complete).identity(next));
    results.add(
        tf.tensorScatterNdUpdate(
            (Operand<TFloat32>) state.get(1), tf.expandDims(numbers, tf.constant(1)), perImage));
    results.addAll(sums);
    return results;
  }

  /** Rows first to first + b of [B, ...], with a static shape. */
  private <T extends TType> Operand<T> rows(Ops tf, Operand<T> all, Operand<TInt32> first) {
    long[] dims = all.shape().asArray();
    int[] sizes = new int[dims.length];
    int[] zeros = new int[dims.length - 1];
    for (int i = 0; i < dims.length; i++) {
      sizes[i] = i == 0 ? microBatchSize : Math.toIntExact(dims[i]);
    }
    Operand<TInt32> begin =
        tf.concat(
            List.of(tf.expandDims(first, tf.constant(0)), tf.constant(zeros)), tf.constant(0));
    return tf.slice(all, begin, tf.constant(sizes));
  }
}

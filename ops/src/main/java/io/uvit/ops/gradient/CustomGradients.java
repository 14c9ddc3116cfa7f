package io.uvit.ops.gradient;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import org.tensorflow.ExecutionEnvironment;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.OperationBuilder;
import org.tensorflow.Output;
import org.tensorflow.TensorFlow;
import org.tensorflow.op.Ops;
import org.tensorflow.op.Scope;
import org.tensorflow.op.core.Identity;
import org.tensorflow.op.core.IdentityN;
import org.tensorflow.types.family.TType;

/**
 * Attaches a {@link HandGradient} to a value in a static graph, as {@code tf.custom_gradient} does
 * in Python.
 *
 * <pre>
 *   value = f(inputs);   result = IdentityN(stop(value), inputs, stop(saved))[0]
 * </pre>
 *
 * TensorFlow asks for a gradient by kind of op, so there is one function for all ops {@code
 * IdentityN} of a process; it finds the gradient by graph and name of the op. The ops within f get
 * no gradients, for all that leads from them to a loss goes through a {@code StopGradient}.
 * TensorFlow's graph optimizer removes both kinds of op before a graph runs. In a graph without
 * gradients the attachment costs nothing.
 */
public final class CustomGradients {
  private static final String CARRIER = "IdentityN";

  /** No entry holds on to its graph, so entries go when graphs do. */
  private static final Map<ExecutionEnvironment, Map<String, Attached>> ATTACHED =
      new WeakHashMap<>();

  private static boolean registered;

  private record Attached(int inputs, HandGradient gradient) {}

  private CustomGradients() {}

  /**
   * Gives a value a gradient.
   *
   * @param tf where the ops go
   * @param value f(inputs), in the graph already
   * @param inputs that f is differentiated by
   * @param saved further values that the gradient reads
   * @return the value with that gradient
   * @throws IllegalStateException if something else in this process has given {@code IdentityN} a
   *     gradient
   */
  @SuppressWarnings("unchecked") // the carrier gives on what it is given
  public static <T extends TType> Operand<T> attach(
      Ops tf,
      Operand<T> value,
      List<? extends Operand<?>> inputs,
      List<? extends Operand<?>> saved,
      HandGradient gradient) {
    List<Operand<?>> carried = new ArrayList<>();
    carried.add(tf.stopGradient(value));
    carried.addAll(inputs);
    saved.forEach(s -> carried.add(stopped(tf, s)));
    IdentityN carrier = tf.identityN(carried);
    synchronized (ATTACHED) {
      register();
      ATTACHED
          .computeIfAbsent(tf.scope().env(), graph -> new HashMap<>())
          .put(carrier.op().name(), new Attached(inputs.size(), gradient));
    }
    return (Operand<T>) (Operand<?>) carrier.output().get(0);
  }

  /**
   * The same value, not before another is there. Built by hand because the scope that TensorFlow
   * hands to a gradient takes no note of {@code withControlDependencies}.
   */
  public static <T extends TType> Operand<T> after(Ops tf, Operand<T> value, Operand<?> earlier) {
    Scope scope = tf.scope();
    OperationBuilder identity =
        scope.env().opBuilder(Identity.OP_NAME, scope.makeOpName("After"), scope);
    identity.addInput(value.asOutput());
    identity.addControlInput(earlier.op());
    return identity.build().output(0);
  }

  private static <T extends TType> Operand<T> stopped(Ops tf, Operand<T> value) {
    return tf.stopGradient(value);
  }

  private static void register() {
    if (!registered && !TensorFlow.registerCustomGradient(CARRIER, CustomGradients::of)) {
      throw new IllegalStateException(
          "custom gradients: another part of this process has given "
              + CARRIER
              + " a gradient, wanted to be the only one");
    }
    registered = true;
  }

  /** Called by TensorFlow for every op {@code IdentityN} on a gradient's way. */
  private static List<Operand<?>> of(Ops tf, GraphOperation carrier, List<Output<?>> incoming) {
    Attached attached;
    synchronized (ATTACHED) {
      attached = ATTACHED.getOrDefault(tf.scope().env(), Map.of()).get(carrier.name());
    }
    if (attached == null) {
      return List.copyOf(incoming); // a plain IdentityN
    }
    List<Operand<?>> carried = new ArrayList<>();
    for (int i = 0; i < carrier.numInputs(); i++) {
      carried.add(carrier.input(i));
    }
    int end = 1 + attached.inputs();
    List<Operand<?>> read = new ArrayList<>();
    // what a gradient computes of forward values alone would else be computed with them, and kept
    carried.forEach(value -> read.add(after(tf, value, incoming.get(0))));
    HandGradient.Forward forward =
        new HandGradient.Forward(read.get(0), read.subList(1, end), read.subList(end, read.size()));
    List<Operand<?>> gradients = attached.gradient().of(tf, incoming.get(0), forward);
    if (gradients.size() != attached.inputs()) {
      throw new IllegalStateException(
          "%s: found %d gradients, wanted %d"
              .formatted(carrier.name(), gradients.size(), attached.inputs()));
    }
    List<Operand<?>> result = new ArrayList<>();
    result.add(zeros(tf, carried.get(0))); // ends at the StopGradient, so do those of what is saved
    result.addAll(gradients);
    forward.saved().forEach(s -> result.add(zeros(tf, s)));
    return result;
  }

  private static <T extends TType> Operand<T> zeros(Ops tf, Operand<T> like) {
    return tf.zerosLike(like);
  }
}

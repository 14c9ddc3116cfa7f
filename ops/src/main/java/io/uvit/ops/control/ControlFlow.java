package io.uvit.ops.control;

import io.uvit.ops.scope.GraphScope;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.function.BiFunction;
import org.tensorflow.ConcreteFunction;
import org.tensorflow.ExecutionEnvironment;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.OperationBuilder;
import org.tensorflow.Output;
import org.tensorflow.Signature;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TBool;

/**
 * Functional loops and branches in a static graph.
 *
 * <p>The functions are written with Java lambdas over operands of a graph of their own. They are
 * marked to be lowered to the executor's switch and merge nodes, so that their ops are optimised
 * and scheduled like all others. They have no gradient (TensorFlow for C++ has none for While and
 * If).
 *
 * <p>Nothing random or stateful may stand in a function: the ops are the stateless ones.
 */
public final class ControlFlow {

  /** Loops and branches that each graph has, for names that depend on nothing but the graph. */
  private static final Map<ExecutionEnvironment, Integer> COUNTS =
      Collections.synchronizedMap(new WeakHashMap<>());

  /** Name of the function being built by this thread; functions within it begin with it. */
  private static final ThreadLocal<String> ENCLOSING = ThreadLocal.withInitial(() -> "");

  private static final String LOWER = "_lower_using_switch_merge";

  private ControlFlow() {}

  /** The body of a function: its ops, its arguments; gives its results. */
  @FunctionalInterface
  public interface Body extends BiFunction<Ops, List<Operand<?>>, List<Operand<?>>> {}

  /**
   * Repeats {@code body} while {@code condition} holds.
   *
   * @param state values that the body replaces, in order
   * @param invariants values that condition and body get after the state and that never change
   * @param condition gives one scalar boolean from state and invariants
   * @param body gives the new state from state and invariants; types as before, shapes may change
   * @return the state when the condition no longer holds
   */
  public static List<Operand<?>> loop(
      Ops tf,
      List<? extends Operand<?>> state,
      List<? extends Operand<?>> invariants,
      Body condition,
      Body body) {
    List<Operand<?>> all = new ArrayList<>(state);
    all.addAll(invariants);
    Body passingOn =
        (ops, arguments) -> {
          List<Operand<?>> results = new ArrayList<>(body.apply(ops, arguments));
          results.addAll(arguments.subList(state.size(), arguments.size()));
          return results;
        };
    String name = name(tf, "loop");
    try (ConcreteFunction test = function(name + "_condition", all, condition);
        ConcreteFunction step = function(name + "_body", all, passingOn)) {
      OperationBuilder builder =
          tf.scope()
              .opBuilder("StatelessWhile", "loop")
              .addInputList(outputs(all))
              .setAttr("cond", test)
              .setAttr("body", step)
              .setAttr(LOWER, true);
      return results(builder, state.size());
    }
  }

  /**
   * The results of one of two functions; the other one is not run.
   *
   * @param condition scalar
   * @param arguments of both functions
   */
  public static List<Operand<?>> branch(
      Ops tf,
      Operand<TBool> condition,
      List<? extends Operand<?>> arguments,
      Body ifTrue,
      Body ifFalse) {
    String name = name(tf, "branch");
    try (ConcreteFunction then = function(name + "_then", arguments, ifTrue);
        ConcreteFunction otherwise = function(name + "_else", arguments, ifFalse)) {
      List<String> outputs = List.copyOf(then.signature().outputNames());
      var types = new org.tensorflow.proto.DataType[outputs.size()];
      for (int i = 0; i < types.length; i++) {
        types[i] = then.signature().getOutputs().get(outputs.get(i)).dataType;
      }
      OperationBuilder builder =
          tf.scope()
              .opBuilder("StatelessIf", "branch")
              .addInput(condition.asOutput())
              .addInputList(outputs(arguments))
              .setAttr("Tout", types)
              .setAttr("then_branch", then)
              .setAttr("else_branch", otherwise)
              .setAttr(LOWER, true);
      return results(builder, types.length);
    }
  }

  private static String name(Ops tf, String kind) {
    int number = COUNTS.merge(tf.scope().env(), 1, Integer::sum);
    return ENCLOSING.get() + kind + number;
  }

  /** A function whose arguments have the types and static shapes of {@code like}. */
  private static ConcreteFunction function(
      String name, List<? extends Operand<?>> like, Body body) {
    String enclosing = ENCLOSING.get();
    ENCLOSING.set(name + "_");
    try (Graph graph = new Graph()) {
      Ops tf = GraphScope.ops(graph);
      Signature.Builder signature = Signature.builder().key(name);
      List<Operand<?>> arguments = new ArrayList<>();
      for (int i = 0; i < like.size(); i++) {
        Placeholder<?> argument =
            tf.withName("argument_" + i)
                .placeholder(like.get(i).type(), Placeholder.shape(like.get(i).shape()));
        arguments.add(argument);
        signature.input("argument_" + i, argument);
      }
      List<Operand<?>> results = body.apply(tf, arguments);
      for (int i = 0; i < results.size(); i++) {
        signature.output("result_" + i, results.get(i));
      }
      return ConcreteFunction.create(signature.build(), graph);
    } finally {
      ENCLOSING.set(enclosing);
    }
  }

  private static List<Operand<?>> results(OperationBuilder builder, int count) {
    var operation = builder.build();
    List<Operand<?>> results = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      results.add(operation.output(i));
    }
    return List.copyOf(results);
  }

  private static Output<?>[] outputs(List<? extends Operand<?>> operands) {
    return operands.stream().map(Operand::asOutput).toArray(Output<?>[]::new);
  }
}

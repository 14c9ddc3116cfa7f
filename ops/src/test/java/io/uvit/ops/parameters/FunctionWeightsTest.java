package io.uvit.ops.parameters;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.ops.Eval;
import io.uvit.ops.scope.GraphScope;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

class FunctionWeightsTest {
  private static List<ParameterSpec> specs() {
    ParameterList list = new ParameterList();
    list.addFactor("weight", Initializer.LINEAR_WEIGHT, 3, 2);
    list.add("table", Initializer.LINEAR_WEIGHT, 3, 2);
    list.add("bias", Initializer.ONES, 3);
    return list.specs();
  }

  @ParameterizedTest
  @EnumSource(ComputeType.class)
  void inferenceIsGivenEachParameterOnce(ComputeType type) {
    try (Graph graph = new Graph()) {
      Ops tf = GraphScope.ops(graph);
      Variables variables = Variables.forInference(tf, specs(), type);
      FunctionWeights crossing = FunctionWeights.forInference(specs(), type);
      List<Operand<?>> arguments = crossing.arguments(variables);
      assertEquals(specs().size(), arguments.size());
      assertEquals(type.tensor(), arguments.get(0).type());
      assertEquals(TFloat32.class, arguments.get(1).type());
      assertEquals(List.of(), casts(graph), "a second copy of a weight");

      Weights inside = crossing.within(tf, arguments);
      assertEquals(type, inside.computeType());
      assertSame(arguments.get(0), inside.factor(specs().get(0)));
      assertSame(arguments.get(2), inside.get(specs().get(2)));
      assertEquals(type.tensor(), inside.factor(specs().get(2)).type());
    }
  }

  @Test
  void aFactorHasNoValueInInference() {
    try (Graph graph = new Graph()) {
      Ops tf = GraphScope.ops(graph);
      Variables variables = Variables.forInference(tf, specs(), ComputeType.BFLOAT16);
      FunctionWeights crossing = FunctionWeights.forInference(specs(), ComputeType.BFLOAT16);
      Weights inside = crossing.within(tf, crossing.arguments(variables));
      IllegalStateException refused =
          assertThrows(IllegalStateException.class, () -> inside.get(specs().get(0)));
      assertTrue(refused.getMessage().startsWith("weight: found"), refused.getMessage());
    }
  }

  @ParameterizedTest
  @EnumSource(ComputeType.class)
  void gradientsAreGivenValuesAndFactors(ComputeType type) {
    try (Graph graph = new Graph()) {
      Ops tf = GraphScope.ops(graph);
      Weights weights = NarrowWeights.of(tf, new Variables(tf, "", specs()), type);
      FunctionWeights crossing = FunctionWeights.differentiable(specs(), type);
      List<Operand<?>> arguments = crossing.arguments(weights);
      assertEquals(type == ComputeType.FLOAT32 ? 3 : 4, arguments.size());
      Weights inside = crossing.within(tf, arguments);
      for (ParameterSpec spec : specs()) {
        assertSame(weights.get(spec), inside.get(spec));
        assertEquals(type.tensor(), inside.factor(spec).type());
      }
      assertSame(weights.factor(specs().get(0)), inside.factor(specs().get(0)));
    }
  }

  /** To the bit what a conversion in each pass gives. */
  @Test
  void factorsOfInferenceAreRoundedAsThoseOfTraining() {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = GraphScope.ops(graph);
      ParameterSpec spec = specs().get(0);
      Variables variables = Variables.forInference(tf, specs(), ComputeType.BFLOAT16);
      Operand<TFloat32> given =
          tf.constant(new float[][] {{1.001f, -3.14159f}, {1e-30f, 3e38f}, {0.1f, -0f}});
      Operand<TFloat32> wide =
          tf.dtypes.cast(tf.dtypes.cast(given, ComputeType.BFLOAT16.tensor()), TFloat32.class);
      Operand<TFloat32> factor = tf.dtypes.cast(variables.factor(spec), TFloat32.class);
      Variables.Restore restore = variables.restore(spec);
      try (Result value = session.runner().fetch(given).fetch(wide).run()) {
        session
            .runner()
            .feed(restore.value(), value.get(0))
            .addTarget(restore.assign())
            .run()
            .close();
        try (Result read = session.runner().fetch(factor).run()) {
          assertArrayEquals(
              Eval.floats((TFloat32) value.get(1)), Eval.floats((TFloat32) read.get(0)));
        }
      }
    }
  }

  private static List<String> casts(Graph graph) {
    Iterable<GraphOperation> all = graph::operations;
    return Stream.iterate(all.iterator(), Iterator::hasNext, i -> i)
        .map(Iterator::next)
        .filter(op -> op.type().equals("Cast"))
        .map(GraphOperation::name)
        .toList();
  }
}

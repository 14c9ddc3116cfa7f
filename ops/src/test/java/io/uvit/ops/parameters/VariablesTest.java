package io.uvit.ops.parameters;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.ops.Eval;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

class VariablesTest {
  private static final long ROWS = 400;

  private static List<ParameterSpec> specs(String... first) {
    ParameterList list = new ParameterList();
    for (String name : first) {
      list.add(name, Initializer.ZEROS, 1);
    }
    ParameterList block = list.scope("block");
    block.add("weight", Initializer.LINEAR_WEIGHT, ROWS, 100);
    block.add("other", Initializer.LINEAR_WEIGHT, ROWS, 100);
    block.add("conv", Initializer.convolution(16), ROWS, 100);
    block.add("table", new Initializer.Normal(1), ROWS, 100);
    block.add("scale", Initializer.ONES, 3);
    block.add("shift", Initializer.ZEROS, 3);
    return list.specs();
  }

  private static List<float[]> initial(long seed, List<ParameterSpec> specs) {
    return initial(seed, specs, StorageType.FLOAT32);
  }

  private static List<float[]> initial(long seed, List<ParameterSpec> specs, StorageType type) {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      Variables variables = new Variables(tf, "", specs, type);
      Op all = tf.withControlDependencies(variables.initialize(seed)).noOp();
      session.runner().addTarget(all).run().close();
      Session.Runner runner = session.runner();
      specs.forEach(spec -> runner.fetch(variables.get(spec)));
      List<float[]> values = new ArrayList<>();
      try (Result result = runner.run()) {
        for (int i = 0; i < specs.size(); i++) {
          values.add(Eval.floats((TFloat32) result.get(i)));
        }
      }
      return values;
    }
  }

  @Test
  void firstValuesHaveTheOfficialDistributions() {
    List<float[]> values = initial(1, specs());
    assertMoments(values.get(0), 0, 0.02);
    float bound = 0.25f; // fan-in 16
    assertMoments(values.get(2), 0, bound / Math.sqrt(3));
    for (float v : values.get(2)) {
      assertTrue(v >= -bound && v < bound, "outside the bounds: " + v);
    }
    assertMoments(values.get(3), 0, 1);
    assertArrayEquals(new float[] {1, 1, 1}, values.get(4));
    assertArrayEquals(new float[3], values.get(5));
  }

  @Test
  void firstValuesAreAFunctionOfSeedAndName() {
    List<float[]> values = initial(1, specs());
    List<float[]> again = initial(1, specs("one", "two")); // others declared before change nothing
    for (int i = 0; i < values.size(); i++) {
      assertArrayEquals(values.get(i), again.get(i + 2));
    }
    assertFalse(Arrays.equals(values.get(0), values.get(1)), "two names, the same values");
    assertFalse(Arrays.equals(values.get(0), initial(2, specs()).get(0)), "the seed is ignored");
  }

  @Test
  void setsOfVariablesOfOneSessionAreApart() {
    List<ParameterSpec> specs = specs().subList(4, 6);
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      Variables weights = new Variables(tf, "", specs);
      Variables average = new Variables(tf, "ema.", specs);
      assertEquals("ema.block.scale", average.variableName(specs.get(0)));
      Ops after = tf.withControlDependencies(weights.initialize(0));
      Op both = tf.withControlDependencies(average.copyOf(after, weights)).noOp();
      session.runner().addTarget(both).run().close();
      Op change =
          tf.assignAddVariableOp(weights.handle(specs.get(0)), tf.constant(new float[] {1, 2, 3}));
      session.runner().addTarget(change).run().close();
      try (Result result =
          session
              .runner()
              .fetch(weights.get(specs.get(0)))
              .fetch(average.get(specs.get(0)))
              .run()) {
        assertArrayEquals(new float[] {2, 3, 4}, Eval.floats((TFloat32) result.get(0)));
        assertArrayEquals(new float[] {1, 1, 1}, Eval.floats((TFloat32) result.get(1)));
      }
      ParameterSpec stranger = new ParameterSpec("x", specs.get(0).shape(), Initializer.ONES);
      assertThrows(IllegalArgumentException.class, () -> weights.handle(stranger));
    }
  }

  /** A shared value is that of its time, may be let go, and taken again. */
  @Test
  void sharedValuesStayWhenTheOthersChange() {
    ParameterSpec spec = specs().get(4);
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      Variables weights = new Variables(tf, "", List.of(spec));
      Variables taken = new Variables(tf, "taken.", List.of(spec));
      Op take = taken.sharing(weights).get(0);
      Op release = taken.release().get(0);
      Op change = tf.assignAddVariableOp(weights.handle(spec), tf.constant(new float[] {1, 2, 3}));
      session.runner().addTarget(weights.initialize(0).get(0)).run().close();
      for (float[] wanted : new float[][] {{1, 1, 1}, {2, 3, 4}}) {
        session.runner().addTarget(take).run().close();
        session.runner().addTarget(change).run().close();
        try (Result result = session.runner().fetch(taken.get(spec)).run()) {
          assertArrayEquals(wanted, Eval.floats((TFloat32) result.get(0)));
        }
        session.runner().addTarget(release).run().close();
        assertThrows(
            TensorFlowException.class, () -> session.runner().fetch(taken.get(spec)).run());
      }
      Variables narrow = new Variables(tf, "narrow.", List.of(spec), StorageType.BFLOAT16);
      assertThrows(IllegalArgumentException.class, () -> narrow.sharing(weights));
    }
  }

  @Test
  void narrowVariablesHoldRoundedValues() {
    List<ParameterSpec> specs = specs().subList(0, 5);
    List<float[]> exact = initial(3, specs);
    List<float[]> rounded = initial(3, specs, StorageType.BFLOAT16);
    boolean changed = false;
    for (int i = 0; i < specs.size(); i++) {
      for (int k = 0; k < exact.get(i).length; k++) {
        float value = exact.get(i)[k];
        float found = rounded.get(i)[k];
        assertEquals(0, Float.floatToRawIntBits(found) & 0xffff, "not a bfloat16: " + found);
        assertEquals(value, found, Math.abs(value) * 0x1p-8f, "not the nearest");
        changed |= value != found;
      }
    }
    assertTrue(changed, "nothing was rounded");
  }

  @Test
  void narrowVariablesAreRestoredAndCopied() {
    List<ParameterSpec> specs = specs().subList(4, 5);
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      Variables narrow = new Variables(tf, "", specs, StorageType.BFLOAT16);
      Variables wide = new Variables(tf, "wide.", specs);
      Variables.Restore restore = narrow.restore(specs.get(0));
      try (TFloat32 value = TFloat32.vectorOf(1, 1.001f, -3.14159f)) {
        session.runner().feed(restore.value(), value).addTarget(restore.assign()).run().close();
      }
      wide.copyOf(tf, narrow).forEach(op -> session.runner().addTarget(op).run().close());
      try (Result result = session.runner().fetch(wide.get(specs.get(0))).run()) {
        assertArrayEquals(new float[] {1, 1, -3.140625f}, Eval.floats((TFloat32) result.get(0)));
      }
      assertEquals(StorageType.BFLOAT16.tensor(), narrow.stored(specs.get(0)).type());
    }
  }

  @Test
  void aNameIsDeclaredOnce() {
    ParameterList list = new ParameterList();
    list.scope("a").add("b", Initializer.ONES, 2);
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> list.add("a.b", Initializer.ONES, 2));
    assertTrue(refused.getMessage().contains("a.b"), refused.getMessage());
    assertThrows(IllegalArgumentException.class, () -> list.add("c", Initializer.ONES, -1));
  }

  private static void assertMoments(float[] values, double mean, double std) {
    double sum = 0;
    double squares = 0;
    for (float v : values) {
      sum += v;
      squares += (double) v * v;
    }
    double n = values.length;
    // Five standard errors.
    assertEquals(mean, sum / n, 5 * std / Math.sqrt(n));
    assertEquals(std, Math.sqrt(squares / n), 5 * std / Math.sqrt(2 * n));
  }
}

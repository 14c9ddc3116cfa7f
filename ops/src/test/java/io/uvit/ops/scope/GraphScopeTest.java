package io.uvit.ops.scope;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.tensorflow.DeviceSpec;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;

class GraphScopeTest {
  @Test
  void givesTheNamesThatTensorFlowGives() {
    try (Graph ours = new Graph();
        Graph theirs = new Graph()) {
      build(GraphScope.ops(ours));
      build(Ops.create(theirs));
      assertEquals(names(theirs), names(ours));
      assertTrue(names(ours).contains("block_1/attn/Mul_2"), names(ours)::toString);
    }
  }

  private static void build(Ops tf) {
    for (int block = 0; block < 2; block++) {
      Ops scope = tf.withSubScope("block");
      for (String part : List.of("attn", "mlp", "attn")) {
        Ops within = scope.withSubScope(part);
        Operand<TFloat32> x = within.withName("x").constant(1f);
        for (int i = 0; i < 3; i++) {
          within.math.mul(x, x);
          within.withControlDependencies(List.of(x)).withName("named").math.add(x, x);
        }
      }
    }
    Operand<TFloat32> x = tf.constant(2f);
    tf.gradients(tf.math.square(x), List.of(x));
    tf.gradients(tf.math.square(x), List.of(x));
  }

  @Test
  void namesStayUniqueBesideOpsThatSomethingElseAdded() {
    try (Graph graph = new Graph()) {
      Ops first = GraphScope.ops(graph);
      Ops second = GraphScope.ops(graph);
      List<String> names = new ArrayList<>();
      for (Ops tf : List.of(Ops.create(graph), first, second, first)) {
        names.add(tf.withName("x").constant(1f).op().name());
      }
      names.add(first.withName("x_1").constant(1f).op().name());
      names.add(first.withName("x").constant(1f).op().name());
      assertEquals(names.size(), Set.copyOf(names).size(), names::toString);
    }
  }

  @Test
  void refusesNamesThatAnOpCannotHave() {
    try (Graph graph = new Graph()) {
      Ops tf = GraphScope.ops(graph);
      for (String bad : List.of("", "a/b", "_x", "a b")) {
        assertThrows(IllegalArgumentException.class, () -> tf.withName(bad), bad);
        assertThrows(IllegalArgumentException.class, () -> tf.withSubScope(bad), bad);
      }
    }
  }

  @Test
  void carriesControlInputsAndDeviceIntoSubScopes() {
    try (Graph graph = new Graph()) {
      Ops tf = GraphScope.ops(graph);
      Op before = tf.withName("before").noOp();
      Ops placed =
          tf.withDevice(DeviceSpec.newBuilder().deviceType(DeviceSpec.DeviceType.CPU).build());
      placed
          .withControlDependencies(List.of(before))
          .withSubScope("part")
          .withName("x")
          .constant(1f);
      NodeDef x = node(graph, "part/x");
      assertEquals(List.of("^before"), x.getInputList());
      assertTrue(x.getDevice().contains("CPU"), x.getDevice());
    }
  }

  @Test
  void onlyInitializersWaitForInitializers() {
    try (Graph graph = new Graph()) {
      Ops tf = GraphScope.ops(graph);
      Op first = tf.withInitScope().withName("first").noOp();
      Op plain = tf.withName("plain").noOp();
      tf.withInitScope().withControlDependencies(List.of(first)).withName("second").noOp();
      tf.withControlDependencies(List.of(first, plain)).withName("x").noOp();
      assertEquals(List.of("^first"), node(graph, "second").getInputList());
      assertEquals(List.of("^plain"), node(graph, "x").getInputList());
      assertTrue(graph.isInitializer(first.op()));
      assertThrows(
          IllegalArgumentException.class,
          () -> tf.withInitScope().withControlDependencies(List.of(plain)));
    }
  }

  @Test
  void leadsToTheGraphItself() {
    try (Graph graph = new Graph()) {
      assertSame(graph, GraphScope.ops(graph).withSubScope("a").scope().env());
    }
  }

  private static NodeDef node(Graph graph, String name) {
    return graph.toGraphDef().getNodeList().stream()
        .filter(node -> node.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static Set<String> names(Graph graph) {
    Set<String> names = new HashSet<>();
    graph.operations().forEachRemaining(op -> names.add(op.name()));
    return names;
  }
}

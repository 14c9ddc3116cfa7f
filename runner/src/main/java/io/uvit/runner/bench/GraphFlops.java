package io.uvit.runner.bench;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;

/**
 * Floating-point operations of the matrix products and convolutions that a target of a static graph
 * needs, from the shapes that TensorFlow infers: two for each multiply-add. Element-wise work is
 * not counted.
 */
final class GraphFlops {
  private GraphFlops() {}

  /**
   * Counts what one run of an op computes, each op once.
   *
   * @throws IllegalStateException naming a product whose shape is not known from the graph
   */
  static long of(GraphOperation target) {
    Set<String> seen = new HashSet<>(Set.of(target.name()));
    Deque<GraphOperation> open = new ArrayDeque<>(Set.of(target));
    long sum = 0;
    while (!open.isEmpty()) {
      GraphOperation op = open.pop();
      sum += own(op);
      for (Operand<?> input : op.inputs()) {
        visit((GraphOperation) input.op(), seen, open);
      }
      for (GraphOperation input : op.controlInputs()) {
        visit(input, seen, open);
      }
    }
    return sum;
  }

  private static void visit(GraphOperation op, Set<String> seen, Deque<GraphOperation> open) {
    if (seen.add(op.name())) {
      open.push(op);
    }
  }

  private static long own(GraphOperation op) {
    return switch (op.type()) {
      case "MatMul" -> product(op, op.attributes().getAttrBool("transpose_a"));
      case "BatchMatMul", "BatchMatMulV2", "BatchMatMulV3" ->
          product(op, op.attributes().getAttrBool("adj_x"));
      case "Conv2D" -> // every output number takes one image patch
          2 * size(op, op.output(0).shape()) * patch(op, op.input(1).shape());
      case "Conv2DBackpropInput" ->
          2 * size(op, op.input(2).shape()) * patch(op, op.input(1).shape());
      case "Conv2DBackpropFilter" ->
          2 * size(op, op.input(2).shape()) * patch(op, op.output(0).shape());
      default -> 0;
    };
  }

  /** [.., m, k] times [.., k, n]; the first factor may be given as [.., k, m]. */
  private static long product(GraphOperation op, boolean transposed) {
    Shape first = op.input(0).shape();
    size(op, first);
    long k = first.get(first.numDimensions() - (transposed ? 2 : 1));
    return 2 * k * size(op, op.output(0).shape());
  }

  /** Numbers of an input patch, of a filter [kh, kw, in, out]. */
  private static long patch(GraphOperation op, Shape filter) {
    return size(op, filter) / filter.get(3);
  }

  private static long size(GraphOperation op, Shape shape) {
    if (shape.isUnknown() || shape.hasUnknownDimension()) {
      throw new IllegalStateException(
          op.name() + ": found shape " + shape + ", wanted one that is known from the graph");
    }
    return shape.size();
  }
}

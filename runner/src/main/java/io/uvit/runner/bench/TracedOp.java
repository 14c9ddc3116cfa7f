package io.uvit.runner.bench;

import java.util.List;

/**
 * One op of a traced step.
 *
 * @param name its node in the optimised graph
 * @param kind its type, such as {@code MatMul}; {@code _Mkl...} and {@code _Fused...} are
 *     TensorFlow's own rewrites
 * @param inputs names of the nodes it reads, without output numbers; control inputs are left out
 * @param device such as {@code /device:CPU:0}
 * @param startMicros microseconds since the first op of the step
 * @param durationMicros from the start of its kernel to its end
 */
record TracedOp(
    String name,
    String kind,
    List<String> inputs,
    String device,
    long startMicros,
    long durationMicros) {

  TracedOp {
    inputs = List.copyOf(inputs);
  }
}

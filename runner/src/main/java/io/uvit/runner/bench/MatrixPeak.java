package io.uvit.runner.bench;

import io.uvit.config.v1.Runtime;
import io.uvit.graph.model.ComputeTypes;
import io.uvit.savedmodels.state.SessionConfigs;
import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;

/**
 * The rate at which this process multiplies large square matrices: what the rates of whole steps
 * are held against.
 */
final class MatrixPeak {
  private static final int SIZE = 2048;
  private static final int WARM_UP = 2;
  private static final int PRODUCTS = 8;

  private MatrixPeak() {}

  /**
   * Measures the fastest of a few products of two 2048x2048 matrices.
   *
   * @param runtime device, threads, and the precision of the products
   * @return floating-point operations a second
   */
  static double measure(Runtime runtime) throws Exception {
    Class<? extends TFloating> type = ComputeTypes.of(runtime).tensor();
    try (Graph graph = new Graph();
        Session session = new Session(graph, SessionConfigs.of(runtime))) {
      StepTimes times = measure(Ops.create(graph), session, type);
      return 2.0 * SIZE * SIZE * SIZE / (times.minMillis() / 1e3);
    }
  }

  private static <T extends TFloating> StepTimes measure(Ops tf, Session session, Class<T> type)
      throws Exception {
    VarHandleOp factor = tf.varHandleOp(type, org.tensorflow.ndarray.Shape.of(SIZE, SIZE));
    Operand<TFloat32> noise =
        tf.random.statelessRandomNormal(
            tf.constant(new long[] {SIZE, SIZE}), tf.constant(new long[] {1, 2}));
    var assign = tf.assignVariableOp(factor, tf.dtypes.cast(noise, type));
    Operand<T> value = tf.readVariableOp(factor, type);
    Operand<T> product = tf.linalg.matMul(value, value);
    session.runner().addTarget(assign).run().close();
    List<Operand<T>> targets = List.of(product);
    return StepTimes.measure(
        WARM_UP,
        PRODUCTS,
        () -> {
          Session.Runner runner = session.runner();
          targets.forEach(runner::addTarget);
          runner.run().close();
        });
  }
}

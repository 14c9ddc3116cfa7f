package io.uvit.runner.bench;

import io.uvit.config.v1.Runtime;
import io.uvit.graph.model.ComputeTypes;
import io.uvit.ops.scope.GraphScope;
import io.uvit.savedmodels.state.SessionConfigs;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;

/**
 * The rate at which this process multiplies large square matrices: what the rates of whole steps
 * are held against.
 *
 * <p>A call of the session costs about a tenth of a millisecond, in which a GPU could do a whole
 * product of side 2048. So the side is doubled while a product is over sooner than {@link
 * #LONG_ENOUGH_MILLIS}, and as many products as fill {@link #RUN_MILLIS} are made in one call.
 */
final class MatrixPeak {
  private static final int SMALLEST = 2048;
  private static final int LARGEST = 8192;
  private static final double LONG_ENOUGH_MILLIS = 2;
  private static final double RUN_MILLIS = 20;
  private static final int WARM_UP = 2;
  private static final int RUNS = 8;

  private MatrixPeak() {}

  /**
   * Measures the fastest of a few runs of products.
   *
   * @param runtime device, threads, and the precision of the products
   * @return floating-point operations a second
   */
  static double measure(Runtime runtime) throws Exception {
    int side = SMALLEST;
    double millis = minMillis(runtime, side, 1);
    while (side < LARGEST && millis < LONG_ENOUGH_MILLIS) {
      side *= 2;
      millis = minMillis(runtime, side, 1);
    }
    int products = (int) Math.ceil(RUN_MILLIS / millis);
    if (products > 1) {
      millis = minMillis(runtime, side, products) / products;
    }
    return 2.0 * side * side * side / (millis / 1e3);
  }

  private static double minMillis(Runtime runtime, int side, int products) throws Exception {
    Class<? extends TFloating> type = ComputeTypes.of(runtime).tensor();
    try (Graph graph = new Graph();
        Session session = new Session(graph, SessionConfigs.of(runtime))) {
      return measure(GraphScope.ops(graph), session, type, side, products).minMillis();
    }
  }

  private static <T extends TFloating> StepTimes measure(
      Ops tf, Session session, Class<T> type, int side, int products) throws Exception {
    VarHandleOp factor = tf.varHandleOp(type, Shape.of(side, side));
    Operand<TFloat32> noise =
        tf.random.statelessRandomNormal(
            tf.constant(new long[] {side, side}), tf.constant(new long[] {1, 2}));
    var assign = tf.assignVariableOp(factor, tf.dtypes.cast(noise, type));
    Operand<T> value = tf.readVariableOp(factor, type);
    // One after another, and each with an input of its own, so that none is taken for another.
    Operand<T> last = tf.linalg.matMul(value, value);
    for (int i = 1; i < products; i++) {
      last = tf.withControlDependencies(last).linalg.matMul(value, value);
    }
    Operand<T> product = last;
    session.runner().addTarget(assign).run().close();
    return StepTimes.measure(
        WARM_UP, RUNS, () -> session.runner().addTarget(product).run().close());
  }
}

package io.uvit.ops;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Builds a few operands in a graph of their own and reads their values. */
public final class Eval {
  private Eval() {}

  /** The values of the operands that {@code build} makes, each in C order. */
  public static List<float[]> all(Function<Ops, List<Operand<TFloat32>>> build) {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Session.Runner runner = session.runner();
      List<Operand<TFloat32>> operands = build.apply(Ops.create(graph));
      operands.forEach(runner::fetch);
      List<float[]> values = new ArrayList<>();
      try (Result result = runner.run()) {
        for (int i = 0; i < operands.size(); i++) {
          values.add(floats((TFloat32) result.get(i)));
        }
      }
      return values;
    }
  }

  /** The values of one operand. */
  public static float[] one(Function<Ops, Operand<TFloat32>> build) {
    return all(tf -> List.of(build.apply(tf))).get(0);
  }

  /** The values of a tensor in C order. */
  public static float[] floats(TFloat32 tensor) {
    float[] values = new float[(int) tensor.size()];
    tensor.asRawTensor().data().asFloats().read(values);
    return values;
  }

  /** A constant of a shape. */
  public static Operand<TFloat32> constant(Ops tf, float[] values, long... shape) {
    return tf.constant(Shape.of(shape), DataBuffers.of(values, true, false));
  }
}

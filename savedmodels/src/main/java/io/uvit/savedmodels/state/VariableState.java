package io.uvit.savedmodels.state;

import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.ops.parameters.Variables;
import io.uvit.savedmodels.weights.TensorFile;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;

/**
 * Reads and writes the variables of a session one at a time, so that no second copy of a model is
 * ever in the heap.
 */
public final class VariableState {
  private VariableState() {}

  /**
   * Gives every variable the value of the tensor of its name.
   *
   * @throws StateDictException if names or shapes do not match exactly
   */
  public static void load(Session session, Variables variables, TensorFile file) {
    Map<String, String> names = StateDict.match(variables.specs(), file);
    for (ParameterSpec spec : variables.specs()) {
      assign(session, variables, spec, file.floats(names.get(spec.name())));
    }
  }

  /** Gives one variable a value. */
  public static void assign(
      Session session, Variables variables, ParameterSpec spec, float[] values) {
    if (values.length != spec.size()) {
      throw new IllegalArgumentException(
          spec.name() + ": found " + values.length + " values, wanted " + spec.size());
    }
    Variables.Restore restore = variables.restore(spec);
    try (TFloat32 tensor = TFloat32.tensorOf(spec.shape(), DataBuffers.of(values, true, false))) {
      session.runner().feed(restore.value(), tensor).addTarget(restore.assign()).run().close();
    }
  }

  /** The present value of one variable, in C order. */
  public static float[] read(Session session, Variables variables, ParameterSpec spec) {
    return fetch(session, variables.get(spec));
  }

  private static float[] fetch(Session session, Operand<TFloat32> operand) {
    try (Result result = session.runner().fetch(operand).run()) {
      return floats((TFloat32) result.get(0));
    }
  }

  /** The values of a tensor in C order. */
  public static float[] floats(TFloat32 tensor) {
    float[] values = new float[(int) tensor.size()];
    tensor.asRawTensor().data().asFloats().read(values);
    return values;
  }
}

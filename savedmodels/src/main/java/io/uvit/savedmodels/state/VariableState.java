package io.uvit.savedmodels.state;

import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.ops.parameters.Variables;
import io.uvit.savedmodels.weights.DataType;
import io.uvit.savedmodels.weights.TensorEntry;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TensorWriter;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;

/**
 * Reads and writes the variables of a session one at a time, so that no second copy of a model is
 * ever in the heap.
 */
public final class VariableState {
  private VariableState() {}

  /**
   * Most bytes of variables moved in one run: each run of another set of variables is optimised
   * anew.
   */
  private static final long GROUP_BYTES = 256L << 20;

  /**
   * Gives every variable the value of the tensor of its name.
   *
   * @throws StateDictException if names or shapes do not match exactly
   */
  public static void load(Session session, Variables variables, TensorFile file) {
    Map<String, String> names = StateDict.match(variables.specs(), file);
    variables.specs().forEach(variables::restore); // the graph grows once, before the first run
    for (List<ParameterSpec> group : groups(variables.specs())) {
      List<Tensor> values = new ArrayList<>();
      try {
        Session.Runner runner = session.runner();
        for (ParameterSpec spec : group) {
          float[] floats = file.floats(names.get(spec.name()));
          Tensor value = TFloat32.tensorOf(spec.shape(), DataBuffers.of(floats, true, false));
          values.add(value);
          runner
              .feed(variables.restore(spec).value(), value)
              .addTarget(variables.restore(spec).assign());
        }
        runner.run().close();
      } finally {
        values.forEach(Tensor::close);
      }
    }
  }

  /** Parameters in order, as many at a time as fit into {@link #GROUP_BYTES}, at least one. */
  static List<List<ParameterSpec>> groups(List<ParameterSpec> specs) {
    List<List<ParameterSpec>> groups = new ArrayList<>();
    long room = 0;
    for (ParameterSpec spec : specs) {
      long bytes = spec.size() * Float.BYTES;
      if (groups.isEmpty() || bytes > room) {
        groups.add(new ArrayList<>());
        room = GROUP_BYTES;
      }
      groups.get(groups.size() - 1).add(spec);
      room -= bytes;
    }
    return groups;
  }

  /**
   * What a file needs to know of the variables before it is written, named {@code prefix +
   * parameter}.
   */
  public static List<TensorEntry> entries(Variables variables, String prefix, DataType type) {
    List<TensorEntry> entries = new ArrayList<>();
    for (ParameterSpec spec : variables.specs()) {
      List<Long> shape = Arrays.stream(spec.shape().asArray()).boxed().toList();
      entries.add(new TensorEntry(prefix + spec.name(), type, shape));
    }
    return entries;
  }

  /** Writes the value of every variable to the tensor {@code prefix + parameter}. */
  public static void write(
      Session session, Variables variables, String prefix, TensorWriter writer) {
    forEach(
        session,
        variables,
        (spec, values) -> writer.write(prefix + spec.name(), FloatBuffer.wrap(values)));
  }

  /** Hands over the present value of every variable, in C order, in the parameters' order. */
  public static void forEach(
      Session session, Variables variables, BiConsumer<ParameterSpec, float[]> consumer) {
    for (List<ParameterSpec> group : groups(variables.specs())) {
      Session.Runner runner = session.runner();
      group.forEach(spec -> runner.fetch(variables.get(spec)));
      try (Result result = runner.run()) {
        for (int i = 0; i < group.size(); i++) {
          consumer.accept(group.get(i), floats((TFloat32) result.get(i)));
        }
      }
    }
  }

  /** The values of a tensor in C order. */
  public static float[] floats(TFloat32 tensor) {
    float[] values = new float[(int) tensor.size()];
    tensor.asRawTensor().data().asFloats().read(values);
    return values;
  }
}

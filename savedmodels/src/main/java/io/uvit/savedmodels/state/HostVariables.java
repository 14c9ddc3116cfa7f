package io.uvit.savedmodels.state;

import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.ops.parameters.Variables;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.types.TFloat32;

/**
 * The values that variables of a session had at one time, in the host's memory outside the Java
 * heap. Later steps of the session do not change them. On a CPU a value is shared with its variable
 * until the next assignment to that, so taking it costs nothing but the memory from then on.
 *
 * <p><b>Threads</b>: may be used and closed by another thread than the one that took it, one at a
 * time. <b>Resources</b>: closing frees the memory.
 */
public final class HostVariables implements AutoCloseable {
  private final List<ParameterSpec> specs;
  private final List<Result> runs;

  private HostVariables(List<ParameterSpec> specs, List<Result> runs) {
    this.specs = specs;
    this.runs = runs;
  }

  /** Takes the present values. */
  public static HostVariables of(Session session, Variables variables) {
    List<Result> runs = new ArrayList<>();
    try {
      for (List<ParameterSpec> group : VariableState.groups(variables.specs())) {
        Session.Runner runner = session.runner();
        group.forEach(spec -> runner.fetch(variables.get(spec)));
        runs.add(runner.run());
      }
    } catch (RuntimeException | Error e) {
      runs.forEach(Result::close);
      throw e;
    }
    return new HostVariables(List.copyOf(variables.specs()), runs);
  }

  /** Hands over every value, in C order, in the parameters' order. */
  public void forEach(BiConsumer<ParameterSpec, float[]> consumer) {
    int next = 0;
    for (Result run : runs) {
      for (int i = 0; i < run.size(); i++) {
        consumer.accept(specs.get(next++), VariableState.floats((TFloat32) run.get(i)));
      }
    }
  }

  @Override
  public void close() {
    runs.forEach(Result::close);
    runs.clear();
  }
}

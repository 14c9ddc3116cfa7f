package io.uvit.savedmodels.state;

import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.savedmodels.weights.TensorEntry;
import io.uvit.savedmodels.weights.TensorFile;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The strict correspondence between a network's parameters and the tensors of a file: every name
 * used exactly once, every shape equal.
 */
public final class StateDict {
  /** Prefix that PyTorch's data-parallel wrapper leaves on names. */
  static final String WRAPPER = "module.";

  private StateDict() {}

  /**
   * Finds the tensor of each parameter.
   *
   * @return tensor names in the file by parameter name, in the parameters' order
   * @throws StateDictException listing what is missing, what is left over and which shapes differ
   */
  public static Map<String, String> match(List<ParameterSpec> parameters, TensorFile file) {
    Map<String, String> available = new LinkedHashMap<>();
    List<String> problems = new ArrayList<>();
    for (String name : file.entries().keySet()) {
      String plain = name.startsWith(WRAPPER) ? name.substring(WRAPPER.length()) : name;
      if (available.put(plain, name) != null) {
        problems.add(plain + ": found twice, with and without '" + WRAPPER + "'");
      }
    }
    Map<String, String> result = new LinkedHashMap<>();
    for (ParameterSpec spec : parameters) {
      String name = available.remove(spec.name());
      List<Long> wanted = shape(spec);
      if (name == null) {
        problems.add(spec.name() + ": missing, wanted shape " + wanted);
        continue;
      }
      TensorEntry entry = file.entry(name);
      if (!entry.shape().equals(wanted)) {
        problems.add(
            spec.name()
                + ": found shape "
                + entry.shape()
                + ", wanted "
                + wanted
                + (isOtherGrid(spec, entry, wanted)
                    ? " (weights of another grid of patches fit with --resize-positions)"
                    : ""));
      }
      result.put(spec.name(), name);
    }
    for (String left : available.values()) {
      problems.add(left + ": not a parameter of this network, shape " + file.shape(left));
    }
    if (!problems.isEmpty()) {
      throw new StateDictException(file.toString(), problems);
    }
    return result;
  }

  private static boolean isOtherGrid(ParameterSpec spec, TensorEntry entry, List<Long> wanted) {
    return spec.name().equals(PositionResize.NAME)
        && entry.shape().size() == wanted.size()
        && entry.shape().get(0).equals(wanted.get(0))
        && entry.shape().get(2).equals(wanted.get(2));
  }

  private static List<Long> shape(ParameterSpec spec) {
    List<Long> dims = new ArrayList<>();
    for (long d : spec.shape().asArray()) {
      dims.add(d);
    }
    return dims;
  }
}

package io.uvit.runner.cli;

import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TensorFiles;
import io.uvit.savedmodels.weights.WeightFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Finds the state dict in a weight file that may hold several. */
final class WeightOptions {
  /** What joins the keys of nested dictionaries in the names of tensors. */
  private static final List<String> SEPARATORS = List.of("/", ".");

  private WeightOptions() {}

  /**
   * Opens a weight file.
   *
   * @param key the group of tensors wanted, such as {@code ema}; empty: the whole file
   * @param parameters of the network, to tell a nested file from one of another network
   * @throws WeightFileException if it is damaged, has no such group, or has only groups and none
   *     was chosen
   */
  static TensorFile open(Path path, Optional<String> key, List<ParameterSpec> parameters) {
    TensorFile file = TensorFiles.open(path);
    try {
      if (key.isPresent()) {
        return under(path, file, key.get());
      }
      Set<String> names = parameters.stream().map(ParameterSpec::name).collect(Collectors.toSet());
      Set<String> found = groups(file);
      boolean nested =
          !found.isEmpty()
              && file.entries().keySet().stream()
                  .noneMatch(name -> names.contains(name.replaceFirst("^module\\.", "")));
      if (nested) {
        throw new WeightFileException(
            path,
            "tensors",
            "no parameter of the network, but the groups " + String.join(", ", found),
            "one of them, chosen with --key");
      }
      return file;
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static TensorFile under(Path path, TensorFile file, String key) {
    for (String separator : SEPARATORS) {
      if (file.entries().keySet().stream().anyMatch(n -> n.startsWith(key + separator))) {
        return file.under(key + separator);
      }
    }
    Set<String> found = groups(file);
    throw new WeightFileException(
        path,
        "key '" + key + "'",
        found.isEmpty() ? "no groups of tensors" : "the groups " + String.join(", ", found),
        "one of the file's groups, or no --key");
  }

  /** The first keys of nested dictionaries. */
  private static Set<String> groups(TensorFile file) {
    Set<String> groups = new TreeSet<>();
    for (String name : file.entries().keySet()) {
      int slash = name.indexOf('/');
      if (slash > 0) {
        groups.add(name.substring(0, slash));
      }
    }
    return groups;
  }
}

package io.uvit.savedmodels.official;

import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TorchFile;
import io.uvit.savedmodels.weights.TorchTensor;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads {@code optimizer.pth}: {@code state} holds the moments by the parameters' indices, {@code
 * param_groups} one group with the numbers and the indices in the order of the parameters.
 *
 * @param root the file's content
 * @param tensors the same file
 * @param names of the parameters in the order in which the optimizer was given them
 */
record OptimizerReader(TreeValue root, TensorFile tensors, List<String> names) {

  static OptimizerReader of(Path file, TorchFile content, List<String> names) {
    return new OptimizerReader(TreeValue.root(file, content), content, names);
  }

  private TreeValue group() {
    return root.at("param_groups").only();
  }

  private TreeValue state() {
    return root.at("state");
  }

  /**
   * The numbers of AdamW.
   *
   * @throws io.uvit.savedmodels.weights.WeightFileException if it is another optimizer
   */
  AdamWGroup numbers() {
    TreeValue group = group();
    refuse(group, "amsgrad", "AdamW without AMSGrad");
    refuse(group, "maximize", "an optimizer that minimises");
    double decay = group.at("weight_decay").number();
    Optional<TreeValue> decoupled = group.find("decoupled_weight_decay");
    if (decay != 0 && decoupled.isPresent() && !decoupled.get().isTrue()) {
      throw decoupled.get().wrong("not True", "AdamW, whose weight decay is decoupled");
    }
    List<TreeValue> betas = group.at("betas").items();
    if (betas.size() != 2) {
      throw group.at("betas").wrong(betas.size() + " items", "two");
    }
    return new AdamWGroup(
        group.at("lr").number(),
        betas.get(0).number(),
        betas.get(1).number(),
        group.at("eps").number(),
        decay);
  }

  private static void refuse(TreeValue group, String flag, String wanted) {
    Optional<TreeValue> value = group.find(flag);
    if (value.isPresent() && value.get().isTrue()) {
      throw value.get().wrong("True", wanted);
    }
  }

  /** Updates made so far, the same of every parameter; 0 if there is no state yet. */
  long updates() {
    List<TreeValue> states = states();
    long updates = states.isEmpty() ? 0 : states.get(0).at(OfficialFiles.UPDATES).count();
    for (int i = 1; i < states.size(); i++) {
      TreeValue step = states.get(i).at(OfficialFiles.UPDATES);
      if (step.count() != updates) {
        throw step.wrong(
            step.count() + " updates of " + names.get(i),
            updates + ", as many as of " + names.get(0));
      }
    }
    return updates;
  }

  /** The moments under the parameters' names; empty if there is no state yet. */
  Optional<OfficialState.Moments> moments() {
    List<TreeValue> states = states();
    return states.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new OfficialState.Moments(
                tensors(states, OfficialFiles.FIRST), tensors(states, OfficialFiles.SECOND)));
  }

  private TensorFile tensors(List<TreeValue> states, String entry) {
    Map<String, String> found = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      TreeValue moment = states.get(i).at(entry);
      if (!(moment.value() instanceof TorchTensor)) {
        throw moment.wrong("no tensor", "the moments of " + names.get(i));
      }
      found.put(names.get(i), moment.path());
    }
    return tensors.renamed(found);
  }

  /** The state of each parameter in their order; none if no parameter has any. */
  private List<TreeValue> states() {
    List<Long> indices = group().at("params").items().stream().map(TreeValue::count).toList();
    if (indices.size() != names.size()) {
      throw group()
          .at("params")
          .wrong(indices.size() + " parameters", names.size() + ", as many as the network has");
    }
    if (state().map().isEmpty()) {
      return List.of();
    }
    if (state().map().size() != indices.size()) {
      throw state()
          .wrong(
              "the state of " + state().map().size() + " parameters", "that of " + indices.size());
    }
    return indices.stream().map(index -> state().at(index)).toList();
  }
}

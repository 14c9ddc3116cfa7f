package io.uvit.runner.bench;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which part of the training program each op of a traced step belongs to.
 *
 * <p>The forward pass, the optimizer and the averages have name scopes. An op of a gradient that is
 * written by hand has the name of the value it is the gradient of. TensorFlow names the ops of its
 * own gradients without saying of what: such an op belongs to the module whose values it reads,
 * else to that of the gradient it reads.
 */
final class ModuleOfOps {
  private static final Pattern BLOCK = Pattern.compile("^(in|out)_blocks\\.[0-9]+|^mid_block");

  /** The value, an {@code IdentityN} in its module's scope, that a gradient was written for. */
  private static final Pattern HAND_WRITTEN =
      Pattern.compile("Gradients(?:_[0-9]+)?/((?:uvit|again)/.+/IdentityN(?:_[0-9]+)?)/.*");

  private static final String NETWORK = "uvit/";
  private static final String AGAIN = "again/";
  private static final String GRADIENTS = "Gradients";
  private static final String OTHER = "step";

  private final Map<String, TracedOp> ops = new HashMap<>();
  private final Map<String, String> known = new HashMap<>();

  ModuleOfOps(StepTrace trace) {
    trace.ops().forEach(op -> ops.put(op.name(), op));
  }

  /** A module path with all blocks as one, such as {@code block/attn}, and the pass. */
  String of(TracedOp op) {
    if (!isGradient(op.name())) {
      return forward(op.name()).orElse(OTHER);
    }
    return "d " + gradient(op.name(), new HashSet<>()).orElse(OTHER);
  }

  private static boolean isGradient(String name) {
    return name.contains(GRADIENTS + "/") || name.contains(GRADIENTS + "_");
  }

  private static Optional<String> forward(String name) {
    String path = name.startsWith(AGAIN) ? name.substring(AGAIN.length()) : name;
    if (path.startsWith(NETWORK) || !path.equals(name)) {
      String within = path.startsWith(NETWORK) ? path.substring(NETWORK.length()) : path;
      String module =
          within.contains("/") ? within.substring(0, within.lastIndexOf('/')) : "network";
      return Optional.of(
          (path.equals(name) ? "" : "again ") + BLOCK.matcher(module).replaceFirst("block"));
    }
    int slash = path.indexOf('/');
    return slash > 0 ? Optional.of(path.substring(0, slash)) : Optional.empty();
  }

  private Optional<String> gradient(String name, Set<String> open) {
    if (known.containsKey(name)) {
      return Optional.of(known.get(name));
    }
    TracedOp op = ops.get(name);
    if (op == null || !open.add(name)) {
      return Optional.empty();
    }
    Optional<String> module = writtenFor(name).or(() -> readsFrom(op));
    for (String input : op.inputs()) {
      if (module.isEmpty() && isGradient(input)) {
        module = gradient(input, open);
      }
    }
    module.ifPresent(m -> known.put(name, m));
    return module;
  }

  private static Optional<String> writtenFor(String name) {
    Matcher value = HAND_WRITTEN.matcher(name);
    return value.matches() ? forward(value.group(1)).map(ModuleOfOps::once) : Optional.empty();
  }

  /** A module's name without the mark of what is computed a second time. */
  private static String once(String module) {
    return module.replaceFirst("^again ", "");
  }

  /** The module of a value or weight of the network that an op reads. */
  private static Optional<String> readsFrom(TracedOp op) {
    for (String input : op.inputs()) {
      if (input.endsWith(".read")) {
        return Optional.of(weight(input));
      }
    }
    for (String input : op.inputs()) {
      boolean network = input.startsWith(NETWORK) || input.startsWith(AGAIN);
      if (network && !isGradient(input)) {
        return forward(input).map(ModuleOfOps::once);
      }
    }
    return Optional.empty();
  }

  /** {@code in_blocks.3.attn.qkv.weight.read} is of {@code block/attn}. */
  private static String weight(String read) {
    String name = BLOCK.matcher(read).replaceFirst("block");
    String[] parts = name.split("\\.");
    if (parts[0].equals("block")) {
      return "block/" + parts[1];
    }
    boolean head =
        parts[0].equals("norm")
            || parts[0].equals("decoder_pred")
            || parts[0].equals("final_layer");
    return head ? "head" : "embed";
  }
}

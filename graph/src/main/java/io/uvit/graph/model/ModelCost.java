package io.uvit.graph.model;

import io.uvit.config.v1.Train;
import io.uvit.ops.parameters.ParameterSpec;

/**
 * What a network costs, from its declaration alone: no graph is built and no native library loaded.
 *
 * @param parameters trainable scalars
 * @param tensors trainable tensors
 * @param multiplyAdds multiply-accumulates of one evaluation of one image: all matrix products and
 *     convolutions, attention included; element-wise work and look-ups are not counted (the
 *     convention behind the paper's "GFLOPs")
 * @param activations float32 values of one image at the peak of a training step: what is kept for
 *     the backward pass, and as much as one block keeps for the gradients in flight
 * @param checkpointedActivations the same where blocks are computed a second time for the gradients
 *     ({@code train.activation_checkpointing}): what goes into each block, and one block
 */
public record ModelCost(
    long parameters,
    int tensors,
    long multiplyAdds,
    long activations,
    long checkpointedActivations) {

  /**
   * Weights, their gradient, moving average and two AdamW moments, and two copies in flight: a
   * variable that is still being read is copied when it is assigned to.
   */
  private static final int COPIES_IN_TRAINING = 7;

  /** The cost of a network. */
  public static ModelCost of(UViT model) {
    UViTConfig config = model.config();
    long multiplyAdds = attentionMultiplyAdds(config);
    for (ParameterSpec parameter : model.parameters()) {
      multiplyAdds += parameter.size() * uses(parameter, config);
    }
    return new ModelCost(
        model.parameterCount(),
        model.parameters().size(),
        multiplyAdds,
        activations(config),
        checkpointedActivations(config));
  }

  /**
   * Estimated bytes of tensors at the peak of a training step: seven float32 copies of the
   * parameters, one more for each further average and one for sums over parts of a batch, and the
   * activations of the images whose gradients are computed at a time. Measured peaks on a CPU lie
   * within a tenth of this plus the process itself (libraries, JVM), about half a GiB.
   *
   * @param train resolved
   */
  public long trainingBytes(Train train) {
    int micro = train.getMicroBatchSize();
    long images = micro > 0 ? micro : train.getBatchSize();
    int sums = images < train.getBatchSize() ? 1 : 0;
    long copies = COPIES_IN_TRAINING + train.getExtraEmaDecaysCount() + sums;
    long kept = train.getActivationCheckpointing() ? checkpointedActivations : activations;
    return Float.BYTES * (copies * parameters + images * kept);
  }

  /** How often one image multiplies each element of a parameter with something. */
  private static long uses(ParameterSpec parameter, UViTConfig config) {
    String name = parameter.name();
    if (parameter.shape().numDimensions() < 2 || name.equals("pos_embed")) {
      return 0; // biases, scales and the position embedding are added or scale element by element
    }
    String part = name.substring(0, name.indexOf('.'));
    return switch (part) {
      case "label_emb" -> 0; // a look-up
      case "time_embed" -> 1;
      case "context_embed" -> ((Conditioning.Text) config.conditioning()).numTokens();
      case "patch_embed" -> config.numPatches();
      case "final_layer" -> (long) config.imageHeight() * config.imageWidth();
      default -> config.numTokens(); // blocks and the decoder see every token
    };
  }

  /** q k^T and its product with v: 2 N^2 D in each block. */
  private static long attentionMultiplyAdds(UViTConfig config) {
    long n = config.numTokens();
    return (config.depth() + 1) * 2 * n * n * config.embedDim();
  }

  /**
   * Tensors whose values the gradients of a block's ops read, per token: both layer norms keep the
   * centred, the normalised and the scaled input (6 D); attention keeps q, k, v, the softmax (N for
   * each head) and the joined heads (4 D + H N); the MLP keeps the argument of erf, both factors of
   * the GELU and its output (4 of the hidden width); a long skip keeps the concatenation (2 D).
   */
  private static long activations(UViTConfig config) {
    long d = config.embedDim();
    long blocks = (config.depth() + 2) * block(config); // one more for the gradients in flight
    long skips = config.skip() ? config.depth() / 2 * 2 * d : 0;
    return config.numTokens() * (blocks + skips + 3 * d); // 3 D: the last layer norm
  }

  private static long block(UViTConfig config) {
    return 10L * config.embedDim()
        + (long) config.numHeads() * config.numTokens()
        + 4L * config.mlpHiddenDim();
  }

  /** D for each border of blocks, and one block with its skip and the gradients in flight. */
  private static long checkpointedActivations(UViTConfig config) {
    long d = config.embedDim();
    long borders = (config.depth() + 2) * d;
    long skip = config.skip() && config.depth() > 0 ? 2 * d : 0;
    return config.numTokens() * (borders + 2 * block(config) + skip);
  }
}

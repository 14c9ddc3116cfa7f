package io.uvit.graph.model;

import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Train;
import io.uvit.ops.parameters.ComputeType;

/**
 * Estimated memory of a training step on a CPU, from an experiment alone: no graph is built and no
 * native library loaded. Measured peaks of the official networks lie within a fifth of the total
 * (docs/performance.md has them).
 *
 * @param state bytes of weights, moving averages and both AdamW moments, float32; of sums over
 *     parts of a batch; and of the weights' copies in the compute type
 * @param step bytes of what a step has at its peak: activations of the images whose gradients are
 *     computed at a time, which go as gradients of parameters come, and what one block's backward
 *     pass has in flight
 */
public record TrainingMemory(long state, long step) {
  /** Bytes of the libraries, the Java machine and the graph. */
  private static final long PROCESS = 320L << 20;

  /** Freed memory that nothing fitted into, as a share of tensors: TensorFlow's allocator. */
  private static final double HOLES = 0.1;

  /**
   * The estimate for an experiment.
   *
   * @param experiment resolved
   */
  public static TrainingMemory of(Experiment experiment) {
    UViT model = new UViT(UViTConfig.of(experiment.getModel()));
    Train train = experiment.getTrain();
    long parameters = model.parameterCount();
    ComputeType type = ComputeTypes.of(experiment.getRuntime());
    int micro = train.getMicroBatchSize();
    long images = micro > 0 ? micro : train.getBatchSize();
    int sums = images < train.getBatchSize() ? 1 : 0;
    int copies = 4 + train.getExtraEmaDecaysCount() + sums;
    long narrow = type == ComputeType.FLOAT32 ? 0 : (long) type.size() * parameters;
    Tokens tokens = new Tokens(model.config(), type.size());
    long rows = images * model.config().numTokens();
    boolean again = train.getActivationCheckpointing();
    long kept = rows * (again ? tokens.borders() : tokens.allBlocks());
    long inFlight = rows * (again ? tokens.block() + tokens.inFlight() : tokens.inFlight());
    long gradients = Float.BYTES * parameters;
    return new TrainingMemory(
        Float.BYTES * copies * parameters + narrow, Math.max(kept, gradients) + inFlight);
  }

  /** Bytes of the process at its peak. */
  public long total() {
    return Math.round((state + step) * (1 + HOLES)) + PROCESS;
  }

  /** Bytes for each token; those of the compute type take {@code narrow} each. */
  private record Tokens(UViTConfig config, long narrow) {

    /**
     * What the gradients of a block's ops read: q, k, v, the joined heads, the output of both layer
     * norms and of the MLP's first layer, and the residual stream before either norm.
     */
    long block() {
      return narrow * (config.mlpHiddenDim() + 6L * config.embedDim()) + residual() * 2;
    }

    /** A long skip: what was concatenated, and the stream it goes on as. */
    long skip() {
      return narrow * 2 * config.embedDim() + residual();
    }

    long allBlocks() {
      long skips = config.skip() ? config.depth() / 2 : 0;
      return (config.depth() + 1) * block() + skips * skip() + 3 * residual(); // 3: the head
    }

    /** What goes into each block and out of the last one; and a skip, of the block in hand. */
    long borders() {
      return (config.depth() + 2) * residual() + (config.skip() ? skip() : 0);
    }

    /** The larger of GELU with its slope and the softmax with its gradient. */
    long inFlight() {
      long mlp = 3L * Float.BYTES * config.mlpHiddenDim();
      long scores = (long) config.numHeads() * config.numTokens();
      return Math.max(mlp, scores * (2 * narrow + 2 * Float.BYTES));
    }

    private long residual() {
      return (long) Float.BYTES * config.embedDim();
    }
  }
}

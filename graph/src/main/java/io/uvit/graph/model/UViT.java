package io.uvit.graph.model;

import io.uvit.ops.nn.Conv2d;
import io.uvit.ops.nn.Embedding;
import io.uvit.ops.nn.ForwardPass;
import io.uvit.ops.nn.LayerNorm;
import io.uvit.ops.nn.Linear;
import io.uvit.ops.nn.Mlp;
import io.uvit.ops.nn.PatchEmbed;
import io.uvit.ops.nn.TimestepEmbedding;
import io.uvit.ops.parameters.Initializer;
import io.uvit.ops.parameters.ParameterList;
import io.uvit.ops.parameters.ParameterSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.index.Indices;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * U-ViT (Bao et al. 2023, "All are Worth Words", figure 1): time, condition and noisy patches are
 * all tokens of one transformer, and long skips join shallow and deep blocks. Covers the official
 * libs/uvit.py (unconditional and class-conditional) and libs/uvit_t2i.py (text).
 *
 * <p>Shapes: B images, H x W pixels or latent positions, C channels, p patch size, L = (H/p)(W/p)
 * patches, E extra tokens, N = E + L, D width. Images are NHWC. Parameters carry the official
 * state-dict names and PyTorch shapes.
 */
public final class UViT {
  private final UViTConfig config;
  private final List<ParameterSpec> parameters;
  private final ParameterSpec posEmbed;
  private final PatchEmbed patchEmbed;
  private final Optional<TimeMlp> timeEmbed;
  private final Optional<Embedding> labelEmb;
  private final Optional<Linear> contextEmbed;
  private final List<UViTBlock> blocks = new ArrayList<>(); // in-blocks, middle, out-blocks
  private final LayerNorm norm;
  private final Linear decoderPred;
  private final Optional<Conv2d> finalLayer;

  /** Linear, SiLU, Linear on the time embedding. */
  private record TimeMlp(Linear first, Linear second) {
    Operand<TFloat32> apply(ForwardPass pass, Operand<TFloat32> x) {
      return second.apply(pass, Mlp.silu(pass.tf(), first.apply(pass, x)));
    }
  }

  /**
   * What one application of the network is given.
   *
   * @param x noisy images or latents, float32 [B, H, W, C]
   * @param timesteps the network's own time input, float32 [B]: 999 t in VP-SDE models, n =
   *     1..numSteps in discrete ones
   * @param label int32 [B], given exactly when the model is class-conditional
   * @param context float32 [B, numTokens, contextDim], given exactly when the model is conditioned
   *     on text
   */
  public record Inputs(
      Operand<TFloat32> x,
      Operand<TFloat32> timesteps,
      Optional<Operand<TInt32>> label,
      Optional<Operand<TFloat32>> context) {}

  /** Declares the network: parameters in the official registration order, no graph yet. */
  public UViT(UViTConfig config) {
    this.config = config;
    ParameterList own = new ParameterList();
    int d = config.embedDim();
    posEmbed = own.add("pos_embed", Initializer.LINEAR_WEIGHT, 1, config.numTokens(), d);
    patchEmbed = PatchEmbed.declare(own, "patch_embed", config.channels(), config.patchSize(), d);
    timeEmbed =
        config.mlpTimeEmbed()
            ? Optional.of(
                new TimeMlp(
                    Linear.declare(own, "time_embed.0", d, 4L * d, true),
                    Linear.declare(own, "time_embed.2", 4L * d, d, true)))
            : Optional.empty();
    labelEmb =
        config.conditioning() instanceof Conditioning.ClassLabel c
            ? Optional.of(Embedding.declare(own, "label_emb", c.numClasses(), d))
            : Optional.empty();
    contextEmbed =
        config.conditioning() instanceof Conditioning.Text t
            ? Optional.of(Linear.declare(own, "context_embed", t.contextDim(), d, true))
            : Optional.empty();
    for (int i = 0; i < config.depth() / 2; i++) {
      blocks.add(UViTBlock.declare(own, "in_blocks." + i, config, false));
    }
    blocks.add(UViTBlock.declare(own, "mid_block", config, false));
    for (int i = 0; i < config.depth() / 2; i++) {
      blocks.add(UViTBlock.declare(own, "out_blocks." + i, config, config.skip()));
    }
    norm = LayerNorm.declare(own, "norm", d);
    decoderPred =
        Linear.declare(
            own,
            "decoder_pred",
            d,
            (long) config.patchSize() * config.patchSize() * config.channels(),
            true);
    finalLayer =
        config.finalConv()
            ? Optional.of(
                Conv2d.declare(own, "final_layer", config.channels(), config.channels(), 3))
            : Optional.empty();
    parameters = own.specs();
  }

  /** The hyper-parameters. */
  public UViTConfig config() {
    return config;
  }

  /** All parameters, in the official order. */
  public List<ParameterSpec> parameters() {
    return parameters;
  }

  /** Number of trainable scalars. */
  public long parameterCount() {
    return parameters.stream().mapToLong(ParameterSpec::size).sum();
  }

  /**
   * The network's prediction, [B, H, W, C].
   *
   * @throws IllegalArgumentException if a condition is missing or superfluous
   */
  public Operand<TFloat32> apply(ForwardPass pass, Inputs in) {
    return trace(pass, in).prediction();
  }

  /**
   * One application of the network with the values between its blocks.
   *
   * @param borders what goes into block 0, 1, ..., and what comes out of the last one, each [B*N,
   *     D]; one more than there are blocks
   * @param prediction [B, H, W, C]
   */
  public record Trace(List<Operand<TFloat32>> borders, Operand<TFloat32> prediction) {
    public Trace {
      borders = List.copyOf(borders);
    }
  }

  /**
   * {@link #apply} that also tells the values between the blocks.
   *
   * @throws IllegalArgumentException if a condition is missing or superfluous
   */
  public Trace trace(ForwardPass pass, Inputs in) {
    Ops tf = pass.tf();
    Operand<TFloat32> x = tf.concat(tokens(pass.scope("embed"), in), tf.constant(1)); // [B, N, D]
    x = pass.tap("tokens", tf.math.add(x, pass.weight(posEmbed)));
    x = tf.reshape(x, tf.constant(new long[] {-1, config.embedDim()})); // [B*N, D]

    List<Operand<TFloat32>> borders = new ArrayList<>(List.of(x));
    for (int i = 0; i < blocks.size(); i++) {
      OptionalInt source = skipSource(i);
      Optional<Operand<TFloat32>> skip =
          source.isPresent() ? Optional.of(borders.get(source.getAsInt() + 1)) : Optional.empty();
      x = applyBlock(pass, i, x, skip);
      borders.add(x);
    }

    return new Trace(borders, head(pass.scope("head"), x));
  }

  /** [B*N, D] -> [B, H, W, C]. */
  private Operand<TFloat32> head(ForwardPass pass, Operand<TFloat32> x) {
    x = pass.tap("norm", norm.apply(pass, x));
    x = pass.tap("decoder_pred", decoderPred.apply(pass, x)); // [B*N, p*p*C]
    Operand<TFloat32> image = unpatchify(pass.tf(), x); // [B, H, W, C]
    return finalLayer.isPresent()
        ? pass.tap("final_layer", finalLayer.get().apply(pass, image))
        : image;
  }

  /** Number of blocks: depth + 1. */
  public int blockCount() {
    return blocks.size();
  }

  /**
   * The block whose output is the long skip of a block.
   *
   * @param block 0..blockCount-1 in the order of the forward pass: in-blocks, middle, out-blocks
   * @return empty if the block joins none
   */
  public OptionalInt skipSource(int block) {
    return blocks.get(block).skipLinear().isPresent()
        ? OptionalInt.of(config.depth() - block) // the last in-block goes to the first out-block
        : OptionalInt.empty();
  }

  /**
   * Applies one block.
   *
   * @param block 0..blockCount-1 in the order of the forward pass
   * @param x [B*N, D]
   * @param skip [B*N, D], given exactly when the block has a {@link #skipSource}
   * @return [B*N, D]
   */
  public Operand<TFloat32> applyBlock(
      ForwardPass pass, int block, Operand<TFloat32> x, Optional<Operand<TFloat32>> skip) {
    return blocks.get(block).apply(pass, x, skip, config.numTokens());
  }

  /** The parameters of a block, in their order. */
  public List<ParameterSpec> blockParameters(int block) {
    String prefix = blocks.get(block).name() + ".";
    return parameters.stream().filter(p -> p.name().startsWith(prefix)).toList();
  }

  /** The parameters of what makes tokens, before the first block, in their order. */
  public List<ParameterSpec> embeddingParameters() {
    return parameters.subList(0, parameters.indexOf(blockParameters(0).get(0)));
  }

  /** The parameters of what makes images of tokens, after the last block, in their order. */
  public List<ParameterSpec> headParameters() {
    List<ParameterSpec> last = blockParameters(blocks.size() - 1);
    return parameters.subList(parameters.indexOf(last.get(last.size() - 1)) + 1, parameters.size());
  }

  /**
   * Token groups, each [B, n, D], in the order of the position embedding: [label,] time, [text,]
   * patches.
   */
  private List<Operand<TFloat32>> tokens(ForwardPass pass, Inputs in) {
    Ops tf = pass.tf();
    require("label", labelEmb.isPresent(), in.label().isPresent());
    require("context", contextEmbed.isPresent(), in.context().isPresent());
    List<Operand<TFloat32>> tokens = new ArrayList<>();
    Operand<TFloat32> time =
        pass.tap(
            "timestep_embedding",
            TimestepEmbedding.apply(tf, in.timesteps(), config.embedDim())); // [B, D]
    if (timeEmbed.isPresent()) {
      time = pass.tap("time_embed", timeEmbed.get().apply(pass, time));
    }
    if (labelEmb.isPresent()) {
      Operand<TFloat32> label =
          pass.tap("label_emb", labelEmb.get().apply(pass, in.label().orElseThrow())); // [B, D]
      tokens.add(tf.expandDims(label, tf.constant(1)));
    }
    tokens.add(tf.expandDims(time, tf.constant(1)));
    if (contextEmbed.isPresent()) {
      tokens.add(pass.tap("context_embed", contextTokens(pass, in.context().orElseThrow())));
    }
    tokens.add(
        pass.tap(
            "patch_embed",
            patchEmbed.apply(pass, in.x(), config.imageHeight(), config.imageWidth())));
    return tokens;
  }

  /** [B, numTokens, contextDim] -> [B, numTokens, D]. */
  private Operand<TFloat32> contextTokens(ForwardPass pass, Operand<TFloat32> context) {
    Ops tf = pass.tf();
    Conditioning.Text text = (Conditioning.Text) config.conditioning();
    Operand<TFloat32> rows = tf.reshape(context, tf.constant(new long[] {-1, text.contextDim()}));
    rows = contextEmbed.orElseThrow().apply(pass, rows);
    return tf.reshape(rows, tf.constant(new long[] {-1, text.numTokens(), config.embedDim()}));
  }

  /** [B*N, p*p*C] -> [B, H, W, C]: drops the extra tokens; features are ordered (p1, p2, C). */
  private Operand<TFloat32> unpatchify(Ops tf, Operand<TFloat32> x) {
    int p = config.patchSize();
    int c = config.channels();
    int rows = config.imageHeight() / p;
    int columns = config.imageWidth() / p;
    x =
        tf.reshape(
            x, tf.constant(new long[] {-1, config.numTokens(), (long) p * p * c})); // [B, N, p*p*C]
    x =
        tf.stridedSlice(
            x,
            Indices.all(),
            Indices.sliceFrom(config.numExtraTokens()),
            Indices.all()); // [B, L, p*p*C]
    x = tf.reshape(x, tf.constant(new long[] {-1, rows, columns, p, p, c}));
    x = tf.linalg.transpose(x, tf.constant(new int[] {0, 1, 3, 2, 4, 5})); // [B, h, p1, w, p2, C]
    return tf.reshape(
        x, tf.constant(new long[] {-1, config.imageHeight(), config.imageWidth(), c}));
  }

  private static void require(String input, boolean wanted, boolean found) {
    if (wanted != found) {
      throw new IllegalArgumentException(
          input
              + ": "
              + (wanted
                  ? "this network needs one, found none"
                  : "this network takes none, found one"));
    }
  }
}

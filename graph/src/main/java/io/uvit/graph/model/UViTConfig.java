package io.uvit.graph.model;

import io.uvit.config.v1.Model;
import io.uvit.config.v1.SkipConnection;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * Hyper-parameters of a U-ViT, checked.
 *
 * @param imageHeight height of what the network sees, a multiple of patchSize
 * @param imageWidth width of what the network sees, a multiple of patchSize
 * @param channels channels of what the network sees
 * @param patchSize side of a patch
 * @param embedDim width D of the tokens
 * @param depth blocks without the middle one, even
 * @param numHeads attention heads, a divisor of embedDim
 * @param mlpRatio hidden width of the MLP over embedDim
 * @param qkvBias whether the q, k, v projection has a bias
 * @param qkScale scale of the attention scores; empty: headDim^(-1/2)
 * @param mlpTimeEmbed whether an MLP follows the sinusoidal time embedding
 * @param skip whether long skips join shallow and deep blocks
 * @param finalConv whether a 3x3 convolution follows the linear decoder
 * @param conditioning what the network is told
 */
public record UViTConfig(
    int imageHeight,
    int imageWidth,
    int channels,
    int patchSize,
    int embedDim,
    int depth,
    int numHeads,
    double mlpRatio,
    boolean qkvBias,
    OptionalDouble qkScale,
    boolean mlpTimeEmbed,
    boolean skip,
    boolean finalConv,
    Conditioning conditioning) {

  public UViTConfig {
    require(channels >= 1, "channels", channels, "at least 1");
    require(patchSize >= 1, "patchSize", patchSize, "at least 1");
    require(
        imageHeight >= 1 && imageHeight % patchSize == 0,
        "imageHeight",
        imageHeight,
        "a multiple of patchSize " + patchSize);
    require(
        imageWidth >= 1 && imageWidth % patchSize == 0,
        "imageWidth",
        imageWidth,
        "a multiple of patchSize " + patchSize);
    require(embedDim >= 1, "embedDim", embedDim, "at least 1");
    require(
        numHeads >= 1 && embedDim % numHeads == 0,
        "numHeads",
        numHeads,
        "a divisor of embedDim " + embedDim);
    require(
        depth >= 0 && depth % 2 == 0,
        "depth",
        depth,
        "an even number (the official code floors odd ones silently)");
    require(mlpRatio * embedDim >= 1, "mlpRatio", mlpRatio, "a hidden width of at least 1");
  }

  private static void require(boolean condition, String field, Object found, String wanted) {
    if (!condition) {
      throw new IllegalArgumentException(field + ": found " + found + ", wanted " + wanted);
    }
  }

  /** From the experiment's schema; fields left out take the schema's defaults. */
  public static UViTConfig of(Model m) {
    return new UViTConfig(
        m.getImageHeight(),
        m.getImageWidth(),
        m.getChannels(),
        m.getPatchSize(),
        m.getEmbedDim(),
        m.getDepth(),
        m.getNumHeads(),
        m.hasMlpRatio() ? m.getMlpRatio() : 4,
        m.getQkvBias(),
        m.hasQkScale() ? OptionalDouble.of(m.getQkScale()) : OptionalDouble.empty(),
        m.getMlpTimeEmbed(),
        m.getSkip() != SkipConnection.NONE,
        !m.hasFinalConv() || m.getFinalConv(),
        conditioning(m));
  }

  private static Conditioning conditioning(Model m) {
    return switch (m.getConditioningCase()) {
      case CLASS_CONDITIONAL ->
          new Conditioning.ClassLabel(
              m.getClassConditional().getNumClasses(),
              m.getClassConditional().hasNullClass()
                  ? OptionalInt.of(m.getClassConditional().getNullClass())
                  : OptionalInt.empty());
      case TEXT_CONDITIONAL ->
          new Conditioning.Text(
              m.getTextConditional().getNumTokens(), m.getTextConditional().getContextDim());
      case UNCONDITIONAL, CONDITIONING_NOT_SET -> new Conditioning.Unconditional();
    };
  }

  /** Hidden width of the MLP: embedDim times mlpRatio, rounded down. */
  public int mlpHiddenDim() {
    return (int) (embedDim * mlpRatio);
  }

  /** L: patches of an image. */
  public int numPatches() {
    return (imageHeight / patchSize) * (imageWidth / patchSize);
  }

  /** E: tokens that are no patches (label, time, text). */
  public int numExtraTokens() {
    if (conditioning instanceof Conditioning.ClassLabel) {
      return 2;
    }
    return conditioning instanceof Conditioning.Text text ? 1 + text.numTokens() : 1;
  }

  /** N = E + L. */
  public int numTokens() {
    return numExtraTokens() + numPatches();
  }
}

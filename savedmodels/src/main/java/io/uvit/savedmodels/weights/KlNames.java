package io.uvit.savedmodels.weights;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The two ways of naming the tensors of a KL autoencoder: that of latent diffusion (official
 * libs/autoencoder.py) and that of diffusers' {@code AutoencoderKL}. They differ in the words, in
 * the decoder's levels, which diffusers counts in the order they are applied, and in the attention,
 * whose 1x1 convolutions [C, C, 1, 1] are matrices [C, C] in diffusers.
 */
final class KlNames {
  /**
   * A module in both ways, without {@code .weight} or {@code .bias}.
   *
   * @param isMatrix whether diffusers holds a 1x1 convolution as a matrix
   */
  private record Pair(NamePattern ldm, NamePattern diffusers, boolean isMatrix) {}

  private static final NamePattern LDM_LEVEL = new NamePattern("decoder.up.{up}");
  private static final NamePattern DIFFUSERS_LEVEL = new NamePattern("decoder.up_blocks.{up}");

  /** Those written. */
  private static final List<Pair> PAIRS = pairs();

  /** Names of the attention in older diffusers files; read only. */
  private static final List<Pair> OLDER = older();

  private KlNames() {}

  private static List<Pair> pairs() {
    List<Pair> pairs = new ArrayList<>();
    same(pairs, "quant_conv");
    same(pairs, "post_quant_conv");
    for (String side : List.of("encoder.", "decoder.")) {
      same(pairs, side + "conv_in");
      same(pairs, side + "conv_out");
      add(pairs, side + "norm_out", side + "conv_norm_out", false);
      block(pairs, side + "mid.block_1", side + "mid_block.resnets.0");
      block(pairs, side + "mid.block_2", side + "mid_block.resnets.1");
      String attention = side + "mid_block.attentions.0.";
      add(pairs, side + "mid.attn_1.norm", attention + "group_norm", false);
      add(pairs, side + "mid.attn_1.q", attention + "to_q", true);
      add(pairs, side + "mid.attn_1.k", attention + "to_k", true);
      add(pairs, side + "mid.attn_1.v", attention + "to_v", true);
      add(pairs, side + "mid.attn_1.proj_out", attention + "to_out.0", true);
    }
    block(pairs, "encoder.down.{l}.block.{b}", "encoder.down_blocks.{l}.resnets.{b}");
    add(
        pairs,
        "encoder.down.{l}.downsample.conv",
        "encoder.down_blocks.{l}.downsamplers.0.conv",
        false);
    block(pairs, "decoder.up.{up}.block.{b}", "decoder.up_blocks.{up}.resnets.{b}");
    add(pairs, "decoder.up.{up}.upsample.conv", "decoder.up_blocks.{up}.upsamplers.0.conv", false);
    return List.copyOf(pairs);
  }

  private static List<Pair> older() {
    List<Pair> pairs = new ArrayList<>();
    for (String side : List.of("encoder.", "decoder.")) {
      String attention = side + "mid_block.attentions.0.";
      add(pairs, side + "mid.attn_1.q", attention + "query", true);
      add(pairs, side + "mid.attn_1.k", attention + "key", true);
      add(pairs, side + "mid.attn_1.v", attention + "value", true);
      add(pairs, side + "mid.attn_1.proj_out", attention + "proj_attn", true);
    }
    return List.copyOf(pairs);
  }

  private static void block(List<Pair> pairs, String ldm, String diffusers) {
    for (String part : List.of("norm1", "conv1", "norm2", "conv2")) {
      add(pairs, ldm + "." + part, diffusers + "." + part, false);
    }
    add(pairs, ldm + ".nin_shortcut", diffusers + ".conv_shortcut", false);
  }

  private static void same(List<Pair> pairs, String module) {
    add(pairs, module, module, false);
  }

  private static void add(List<Pair> pairs, String ldm, String diffusers, boolean isMatrix) {
    pairs.add(new Pair(new NamePattern(ldm), new NamePattern(diffusers), isMatrix));
  }

  /** Whether a tensor bears one of latent diffusion's names. */
  static boolean isLdm(String name) {
    return find(name, PAIRS, Pair::ldm).isPresent();
  }

  /** Whether a tensor bears one of diffusers' names, of today or older. */
  static boolean isDiffusers(String name) {
    return find(name, PAIRS, Pair::diffusers).isPresent()
        || find(name, OLDER, Pair::diffusers).isPresent();
  }

  /**
   * The tensor of a diffusers file in latent diffusion's way.
   *
   * @param levels of the decoder
   * @return empty if it has none of diffusers' names
   */
  static Optional<TensorEntry> toLdm(TensorEntry entry, int levels) {
    Optional<Found> found = find(entry.name(), PAIRS, Pair::diffusers);
    return found
        .or(() -> find(entry.name(), OLDER, Pair::diffusers))
        .map(
            f -> {
              List<Long> shape = entry.shape();
              boolean widened = f.pair().isMatrix() && shape.size() == 2;
              return new TensorEntry(
                  f.name(f.pair().ldm(), levels),
                  entry.type(),
                  widened ? List.of(shape.get(0), shape.get(1), 1L, 1L) : shape);
            });
  }

  /**
   * The tensor of a file with latent diffusion's names in diffusers' way.
   *
   * @param levels of the decoder
   * @return empty if it has none of these names
   */
  static Optional<TensorEntry> toDiffusers(TensorEntry entry, int levels) {
    return find(entry.name(), PAIRS, Pair::ldm)
        .map(
            f -> {
              List<Long> shape = entry.shape();
              boolean isPointwise =
                  f.pair().isMatrix()
                      && shape.size() == 4
                      && shape.subList(2, 4).equals(List.of(1L, 1L));
              return new TensorEntry(
                  f.name(f.pair().diffusers(), levels),
                  entry.type(),
                  isPointwise ? shape.subList(0, 2) : shape);
            });
  }

  /** Levels of the decoder whose tensors bear these names, 0 if there is none. */
  static int levels(Collection<String> names) {
    int levels = 0;
    for (String name : names) {
      // The first three words name the level.
      String[] words = name.split("\\.", 4);
      if (words.length < 4) {
        continue;
      }
      String level = String.join(".", words[0], words[1], words[2]);
      int number =
          LDM_LEVEL
              .match(level)
              .or(() -> DIFFUSERS_LEVEL.match(level))
              .map(numbers -> numbers.get("up"))
              .orElse(-1);
      levels = Math.max(levels, number + 1);
    }
    return levels;
  }

  /** A name that was recognised. */
  private record Found(Pair pair, Map<String, Integer> numbers, String leaf) {
    String name(NamePattern pattern, int levels) {
      return pattern.fill(numbers, up -> levels - 1 - up) + leaf;
    }
  }

  private static Optional<Found> find(
      String name, List<Pair> pairs, Function<Pair, NamePattern> side) {
    int dot = name.lastIndexOf('.');
    String leaf = dot < 0 ? "" : name.substring(dot);
    if (!leaf.equals(".weight") && !leaf.equals(".bias")) {
      return Optional.empty();
    }
    String module = name.substring(0, dot);
    for (Pair pair : pairs) {
      Optional<Map<String, Integer>> numbers = side.apply(pair).match(module);
      if (numbers.isPresent()) {
        return Optional.of(new Found(pair, numbers.get(), leaf));
      }
    }
    return Optional.empty();
  }
}

package io.uvit.savedmodels.weights;

import java.util.Collection;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The ways in which public files name the tensors of an autoencoder. */
public enum AutoencoderNaming {
  /**
   * Latent diffusion's names of a KL autoencoder, {@code "encoder.down.0.block.0.norm1.weight"}
   * (official libs/autoencoder.py); ours.
   */
  LDM,
  /** Names of diffusers' {@code AutoencoderKL}, {@code "encoder.down_blocks.0.resnets.0..."}. */
  DIFFUSERS_KL,
  /**
   * Positions in the sequences of modules of a tiny autoencoder, {@code "encoder.1.conv.0.weight"};
   * ours.
   */
  TAESD,
  /**
   * Names of diffusers' {@code AutoencoderTiny}, {@code "encoder.layers.1.conv.0.weight"}. Its
   * decoder has no module for the clamp, so positions are one less.
   */
  DIFFUSERS_TINY;

  /** The position, then what a tensor is called within its module. */
  private static final String TENSOR =
      "(0|[1-9][0-9]?)((?:\\.(?:conv|pool)\\.[0-9])?\\.(?:weight|bias))";

  /** The first module of the decoder is the clamp, which has no tensors. */
  private static final Pattern PLAIN = Pattern.compile("(encoder|decoder(?!\\.0\\.))\\." + TENSOR);

  private static final Pattern LAYERS =
      Pattern.compile("(encoder|decoder(?!\\.layers\\.99\\.))\\.layers\\." + TENSOR);

  private static final Pattern HALF = Pattern.compile(TENSOR);

  /** Whether these are names of a KL autoencoder; of a tiny one otherwise. */
  public boolean isKl() {
    return this == LDM || this == DIFFUSERS_KL;
  }

  /** Our way for the same kind of autoencoder. */
  public AutoencoderNaming canonical() {
    return isKl() ? LDM : TAESD;
  }

  /** Whether a tensor has such a name. */
  boolean recognises(String name) {
    return switch (this) {
      case LDM -> KlNames.isLdm(name);
      case DIFFUSERS_KL -> KlNames.isDiffusers(name);
      case TAESD -> PLAIN.matcher(name).matches();
      case DIFFUSERS_TINY -> LAYERS.matcher(name).matches();
    };
  }

  /** Whether a tensor has a name of one half, encoder or decoder, of a tiny autoencoder. */
  static boolean isHalf(String name) {
    return HALF.matcher(name).matches();
  }

  /**
   * A tensor of this naming in our way.
   *
   * @param levels {@link #levels} of all names
   * @return empty if its name is not of this naming
   */
  Optional<TensorEntry> toCanonical(TensorEntry entry, int levels) {
    return switch (this) {
      case LDM, TAESD -> same(entry);
      case DIFFUSERS_KL -> KlNames.toLdm(entry, levels);
      case DIFFUSERS_TINY -> moved(entry, LAYERS, "", 1);
    };
  }

  /**
   * A tensor in our way in this naming.
   *
   * @param levels {@link #levels} of all names
   * @return empty if its name is not ours
   */
  Optional<TensorEntry> fromCanonical(TensorEntry entry, int levels) {
    return switch (this) {
      case LDM, TAESD -> same(entry);
      case DIFFUSERS_KL -> KlNames.toDiffusers(entry, levels);
      case DIFFUSERS_TINY -> moved(entry, PLAIN, "layers.", -1);
    };
  }

  /** What the names tell about the number of resolutions; 0 if nothing. */
  int levels(Collection<String> names) {
    return isKl() ? KlNames.levels(names) : 0;
  }

  private Optional<TensorEntry> same(TensorEntry entry) {
    return recognises(entry.name()) ? Optional.of(entry) : Optional.empty();
  }

  /** Another word before the position, and positions of the decoder moved. */
  private static Optional<TensorEntry> moved(
      TensorEntry entry, Pattern pattern, String word, int move) {
    Matcher matcher = pattern.matcher(entry.name());
    if (!matcher.matches()) {
      return Optional.empty();
    }
    String side = matcher.group(1);
    int position = Integer.parseInt(matcher.group(2)) + (side.equals("decoder") ? move : 0);
    String name = side + "." + word + position + matcher.group(3);
    return Optional.of(new TensorEntry(name, entry.type(), entry.shape()));
  }
}

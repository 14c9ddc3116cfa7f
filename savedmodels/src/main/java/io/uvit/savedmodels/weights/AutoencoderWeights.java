package io.uvit.savedmodels.weights;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Weight files of autoencoders, whatever way their tensors are named, as files with our names:
 * latent diffusion's for a KL autoencoder, positions behind {@code "encoder."} and {@code
 * "decoder."} for a tiny one. Only names and, for the attention, shapes are changed; whether every
 * tensor is there is for the network to say.
 */
public final class AutoencoderWeights {
  /** Groups in which whole checkpoints hold an autoencoder, the outer one first. */
  private static final List<String> GROUPS = List.of("state_dict/", "first_stage_model.");

  /** The loss of latent diffusion's training of autoencoders has tensors of its own. */
  private static final String LOSS = "loss.";

  /** A tensor of a tiny encoder and not of a decoder, whose first module is the clamp. */
  private static final String FIRST = "0.weight";

  private static final int SHOWN = 3;

  private AutoencoderWeights() {}

  /**
   * Opens an autoencoder. A file may hold it alone, or, under {@code state_dict/} or {@code
   * first_stage_model.}, within a whole checkpoint, whose other tensors are left out, as those of a
   * training loss are.
   *
   * @param file of any format and {@link AutoencoderNaming naming}; of the encoder alone, its names
   *     beginning with the position, if there is a second file
   * @param decoder the second file of a tiny autoencoder
   * @return the tensors under our names, without {@code "autoencoder."}; closing it closes the
   *     files
   * @throws WeightFileException if a file cannot be read, or its names are not those of one
   *     autoencoder
   */
  public static TensorFile open(Path file, Optional<Path> decoder) {
    TensorFile first = TensorFiles.open(file);
    try {
      return decoder.isPresent()
          ? halves(file, first, decoder.get())
          : canonical(file, alone(file, first));
    } catch (RuntimeException e) {
      first.close();
      throw e;
    }
  }

  /** The naming of a file, told from its names; {@link #open} reads all of them. */
  public static AutoencoderNaming naming(Path file) {
    try (TensorFile opened = TensorFiles.open(file)) {
      return naming(file, alone(file, opened).entries().keySet());
    }
  }

  /**
   * A view of an autoencoder with our names in another naming, to be written to a file.
   *
   * @param weights named as {@link #open} does
   * @param naming of the same kind of autoencoder
   * @throws IllegalArgumentException if a tensor has another name
   */
  public static TensorFile renamed(TensorFile weights, AutoencoderNaming naming) {
    int levels = naming.canonical().levels(weights.entries().keySet());
    Map<String, RenamedTensorFile.Source> sources = new LinkedHashMap<>();
    for (TensorEntry entry : weights.entries().values()) {
      TensorEntry to =
          naming
              .fromCanonical(entry, levels)
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "tensor '%s' in %s: found a name unknown to %s, wanted names of %s"
                              .formatted(entry.name(), weights, naming, naming.canonical())));
      sources.put(to.name(), new RenamedTensorFile.Source(entry.name(), to.shape()));
    }
    return new RenamedTensorFile(weights, sources);
  }

  /** The autoencoder's tensors of a file that may hold more, otherwise as they are. */
  private static TensorFile alone(Path path, TensorFile file) {
    Map<String, RenamedTensorFile.Source> sources = new LinkedHashMap<>();
    file.entries()
        .forEach((name, e) -> sources.put(name, new RenamedTensorFile.Source(name, e.shape())));
    for (String group : GROUPS) {
      if (sources.keySet().stream().anyMatch(name -> name.startsWith(group))) {
        List<String> names = List.copyOf(sources.keySet());
        for (String name : names) {
          RenamedTensorFile.Source source = sources.remove(name);
          if (name.startsWith(group)) {
            sources.put(name.substring(group.length()), source);
          }
        }
      }
    }
    sources.keySet().removeIf(name -> name.startsWith(LOSS));
    if (sources.isEmpty()) {
      throw wrong(path, "no tensors", "an autoencoder's");
    }
    return new RenamedTensorFile(file, sources);
  }

  private static TensorFile canonical(Path path, TensorFile file) {
    Collection<String> names = file.entries().keySet();
    AutoencoderNaming naming = naming(path, names);
    int levels = naming.levels(names);
    Map<String, RenamedTensorFile.Source> sources = new LinkedHashMap<>();
    for (TensorEntry entry : file.entries().values()) {
      TensorEntry to =
          naming
              .toCanonical(entry, levels)
              .orElseThrow(
                  () ->
                      new WeightFileException(
                          path,
                          "tensor '" + entry.name() + "'",
                          "a name that is not of the naming " + naming + " of the others",
                          "tensors of one autoencoder and nothing else"));
      RenamedTensorFile.Source source = new RenamedTensorFile.Source(entry.name(), to.shape());
      RenamedTensorFile.Source twice = sources.put(to.name(), source);
      if (twice != null) {
        throw new WeightFileException(
            path,
            "tensor '" + to.name() + "'",
            "both '" + twice.name() + "' and '" + entry.name() + "'",
            "one of them");
      }
    }
    return new RenamedTensorFile(file, sources);
  }

  /** That which knows most of the names; the first of those that know as many. */
  private static AutoencoderNaming naming(Path path, Collection<String> names) {
    if (names.stream().anyMatch(AutoencoderNaming::isHalf)) {
      throw wrong(
          path,
          "one half of a tiny autoencoder, " + some(names),
          "both halves: the encoder's file and the decoder's, or one file whose names begin with"
              + " 'encoder.' and 'decoder.'");
    }
    AutoencoderNaming best = AutoencoderNaming.LDM;
    long most = 0;
    for (AutoencoderNaming naming : AutoencoderNaming.values()) {
      long known = names.stream().filter(naming::recognises).count();
      if (known > most) {
        best = naming;
        most = known;
      }
    }
    if (most == 0) {
      throw wrong(
          path,
          some(names),
          "those of a KL autoencoder (latent diffusion's or diffusers') or of a tiny one (TAESD's"
              + " or diffusers')");
    }
    return best;
  }

  private static TensorFile halves(Path path, TensorFile encoder, Path decoderPath) {
    requireHalf(path, encoder, true);
    TensorFile decoder = TensorFiles.open(decoderPath);
    try {
      requireHalf(decoderPath, decoder, false);
      return encoder.within("encoder.").and(decoder.within("decoder."));
    } catch (RuntimeException e) {
      decoder.close();
      throw e;
    }
  }

  private static void requireHalf(Path path, TensorFile file, boolean isEncoder) {
    Collection<String> names = file.entries().keySet();
    String wanted =
        "those of a tiny %s alone, such as '%s'"
            .formatted(isEncoder ? "encoder" : "decoder", isEncoder ? FIRST : "1.weight");
    for (String name : names) {
      if (!AutoencoderNaming.isHalf(name)) {
        throw wrong(path, "'" + name + "'", wanted);
      }
    }
    if (names.contains(FIRST) != isEncoder) {
      throw wrong(path, (isEncoder ? "no '" : "'") + FIRST + "'", wanted);
    }
  }

  private static WeightFileException wrong(Path path, String found, String wanted) {
    return new WeightFileException(path, "names of tensors", found, wanted);
  }

  private static String some(Collection<String> names) {
    List<String> shown = new ArrayList<>();
    for (String name : names) {
      if (shown.size() == SHOWN) {
        return String.join(", ", shown) + " and " + (names.size() - SHOWN) + " more";
      }
      shown.add("'" + name + "'");
    }
    return String.join(", ", shown);
  }
}

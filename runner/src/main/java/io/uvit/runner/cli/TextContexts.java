package io.uvit.runner.cli;

import io.uvit.graph.model.Conditioning;
import io.uvit.savedmodels.weights.DataType;
import io.uvit.savedmodels.weights.NpyFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The encoded texts of {@code uvit sample}: {@code --contexts} and, for guidance, {@code
 * --negative-contexts}, each a .npy file of float32 [N, numTokens, contextDim] or [numTokens,
 * contextDim].
 *
 * @param arguments the command line
 * @param console where relative paths begin
 * @param text what the model wants
 */
record TextContexts(Arguments arguments, Console console, Conditioning.Text text) {

  /**
   * Refuses a text model without texts, and texts without a text model.
   *
   * @throws UsageException naming the option
   */
  static void check(Arguments arguments, Conditioning conditioning) throws UsageException {
    if (conditioning instanceof Conditioning.Text text) {
      if (!arguments.has(SampleOptions.CONTEXTS)) {
        throw new UsageException(
            "--%s: missing, wanted a .npy file of encoded texts, %s: this version has no text encoder"
                .formatted(SampleOptions.CONTEXTS, wanted(text)));
      }
      if (arguments.has(SampleOptions.NEGATIVE_LABELS)) {
        throw new UsageException(
            "--%s: this model is not class-conditional, found labels, wanted --%s"
                .formatted(SampleOptions.NEGATIVE_LABELS, SampleOptions.NEGATIVE_CONTEXTS));
      }
      return;
    }
    for (String option : List.of(SampleOptions.CONTEXTS, SampleOptions.NEGATIVE_CONTEXTS)) {
      if (arguments.has(option)) {
        throw new UsageException(
            "--%s: this model takes no texts, found texts, wanted none".formatted(option));
      }
    }
  }

  /** Numbers of one text. */
  int each() {
    return text.numTokens() * text.contextDim();
  }

  /**
   * The texts of the images, [N, numTokens, contextDim].
   *
   * @throws UsageException if the option is missing or the array has another type or shape
   * @throws io.uvit.savedmodels.weights.WeightFileException if the file is no .npy file
   */
  float[] contexts() throws UsageException {
    return read(SampleOptions.CONTEXTS, arguments.requiredPath(SampleOptions.CONTEXTS, console));
  }

  /**
   * What guidance leads away from, [N, numTokens, contextDim]; empty without guidance.
   *
   * @param scale of the guidance
   * @throws UsageException also if there is guidance without them, or they without guidance
   */
  Optional<float[]> negative(double scale) throws UsageException {
    String option = SampleOptions.NEGATIVE_CONTEXTS;
    Optional<Path> file = arguments.path(option, console);
    if (file.isPresent() == (scale == 1)) {
      throw new UsageException(
          file.isPresent()
              ? "--%s: found without guidance, wanted a --guidance-scale other than 1"
                  .formatted(option)
              : "--%s: missing with guidance scale %s, wanted the encoded empty text, or --guidance-scale 1"
                  .formatted(option, scale));
    }
    return file.isPresent() ? Optional.of(read(option, file.get())) : Optional.empty();
  }

  private float[] read(String option, Path path) throws UsageException {
    try (NpyFile file = NpyFile.open(path)) {
      List<Long> shape = file.entry().shape();
      int rank = shape.size();
      List<Long> one = List.of((long) text.numTokens(), (long) text.contextDim());
      boolean fits =
          (rank == 2 || rank == 3 && shape.get(0) >= 1)
              && shape.subList(rank - 2, rank).equals(one);
      if (!fits || file.entry().type() != DataType.F32) {
        throw new UsageException(
            "--%s: found %s %s in %s, wanted %s"
                .formatted(option, file.entry().type().torchName(), shape, path, wanted(text)));
      }
      return file.floats();
    }
  }

  private static String wanted(Conditioning.Text text) {
    int tokens = text.numTokens();
    int width = text.contextDim();
    return "float32 [N, %d, %d] or [%d, %d]".formatted(tokens, width, tokens, width);
  }
}

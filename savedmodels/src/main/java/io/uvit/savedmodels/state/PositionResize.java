package io.uvit.savedmodels.state;

import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.savedmodels.weights.TensorEntry;
import io.uvit.savedmodels.weights.TensorFile;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Makes the position embedding of a network that was trained on another grid of patches fit: the
 * embeddings of the extra tokens (time, label, text) are kept, those of the patches are resized
 * bilinearly as an image of D channels.
 *
 * @param source the grid of the file; empty: it is square
 * @param target the grid of the network
 */
public record PositionResize(Optional<PatchGrid> source, PatchGrid target) {
  /** The official name of the embedding, [1, E + L, D]: E extra tokens, then L patches by rows. */
  static final String NAME = "pos_embed";

  /**
   * A view of the weights with a position embedding that fits; the weights themselves if theirs
   * does. Closing the view closes the file.
   *
   * @param weights with the official names, with or without {@code module.}
   * @param parameters of the network
   * @throws StateDictException if the file's embedding is not one of the source grid
   */
  public TensorFile apply(TensorFile weights, List<ParameterSpec> parameters) {
    Optional<TensorEntry> found =
        Optional.ofNullable(weights.entries().get(NAME))
            .or(() -> Optional.ofNullable(weights.entries().get(StateDict.WRAPPER + NAME)));
    if (found.isEmpty()) {
      return weights; // StateDict says that it is missing
    }
    TensorEntry entry = found.get();
    long[] wanted = shape(parameters);
    long extras = wanted[1] - target.patches();
    List<Long> shape = entry.shape();
    if (shape.size() != 3 || shape.get(0) != 1 || shape.get(2) != wanted[2]) {
      throw wrong(weights, entry, "[1, tokens, " + wanted[2] + "]");
    }
    PatchGrid from = grid(weights, entry, extras);
    return from.equals(target)
        ? weights
        : new ResizedPositions(weights, entry, Math.toIntExact(extras), from, target);
  }

  private static long[] shape(List<ParameterSpec> parameters) {
    return parameters.stream()
        .filter(spec -> spec.name().equals(NAME))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("the network has no " + NAME))
        .shape()
        .asArray();
  }

  private PatchGrid grid(TensorFile weights, TensorEntry entry, long extras) {
    long patches = entry.shape().get(1) - extras;
    String tokens = extras + " extra tokens";
    if (source.isPresent()) {
      if (source.get().patches() != patches) {
        throw wrong(
            weights,
            entry,
            "%d tokens of the source grid %s and %s"
                .formatted(source.get().patches() + extras, source.get(), tokens));
      }
      return source.get();
    }
    OptionalInt side = PatchGrid.side(patches);
    if (side.isEmpty()) {
      throw wrong(
          weights, entry, "a square number of patches after " + tokens + ", or the source grid");
    }
    return new PatchGrid(side.getAsInt(), side.getAsInt());
  }

  private static StateDictException wrong(TensorFile weights, TensorEntry entry, String wanted) {
    String problem = entry.name() + ": found shape " + entry.shape() + ", wanted " + wanted;
    return new StateDictException(weights.toString(), List.of(problem));
  }
}

package io.uvit.runner.train;

import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.savedmodels.state.PositionResize;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TensorFiles;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Weights to begin with.
 *
 * @param file of any supported format, with the official names
 * @param positions how the position embedding of another grid of patches is made fit; empty: one
 *     that does not fit is an error
 */
public record InitialWeights(Path file, Optional<PositionResize> positions) {

  /** Weights that fit as they are. */
  public static InitialWeights of(Path file) {
    return new InitialWeights(file, Optional.empty());
  }

  /**
   * Opens the file.
   *
   * @param parameters of the network
   * @throws io.uvit.savedmodels.weights.WeightFileException if it cannot be read
   * @throws io.uvit.savedmodels.state.StateDictException if its positions are not of the grid they
   *     are said to be of
   */
  TensorFile open(List<ParameterSpec> parameters) {
    TensorFile weights = TensorFiles.open(file);
    try {
      return positions.isPresent() ? positions.get().apply(weights, parameters) : weights;
    } catch (RuntimeException e) {
      weights.close();
      throw e;
    }
  }
}

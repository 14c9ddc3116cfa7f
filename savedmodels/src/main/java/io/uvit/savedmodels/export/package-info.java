/**
 * Writes a network with its weights for others to use: SavedModels (docs/decisions/0009) and weight
 * files with the official names.
 *
 * <p>May import {@code io.uvit.config}, {@code io.uvit.graph}, {@code io.uvit.ops}, {@code
 * io.uvit.savedmodels.weights}, {@code .state} and {@code .checkpoint}, TensorFlow core and its
 * protobuf messages.
 */
package io.uvit.savedmodels.export;

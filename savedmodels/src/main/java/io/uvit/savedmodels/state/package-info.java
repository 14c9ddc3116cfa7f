/**
 * Moves the values of a session's variables to and from files of tensors, one tensor at a time. May
 * import {@code io.uvit.graph}, {@code io.uvit.ops}, {@code io.uvit.savedmodels.weights} and
 * TensorFlow core.
 */
package io.uvit.savedmodels.state;

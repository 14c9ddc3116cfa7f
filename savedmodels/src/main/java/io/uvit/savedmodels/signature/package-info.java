/**
 * Calls any signature of any SavedModel on arrays from files, as TensorFlow's {@code
 * saved_model_cli run} does, and reads what a SavedModel says of itself.
 *
 * <p>May import {@code io.uvit.savedmodels.weights}, TensorFlow core and its protobuf messages.
 */
package io.uvit.savedmodels.signature;

/**
 * Layers: immutable records made of {@link io.uvit.ops.parameters.ParameterSpec}s, applied to
 * operands in a {@link io.uvit.ops.nn.ForwardPass}. May import TensorFlow core and {@code
 * io.uvit.ops.parameters}.
 */
package io.uvit.ops.nn;

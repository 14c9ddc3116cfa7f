/**
 * Optimizer, learning rate, gradient norm and moving average as graph fragments with explicit
 * control order. May import TensorFlow core and {@code io.uvit.ops.parameters}.
 */
package io.uvit.ops.optim;

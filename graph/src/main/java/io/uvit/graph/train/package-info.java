/**
 * The training program: forward process, loss, gradients, optimizer and moving average in one
 * graph. May import {@code io.uvit.graph.model}, {@code io.uvit.graph.diffusion}, {@code
 * io.uvit.ops} and {@code io.uvit.config}.
 */
package io.uvit.graph.train;

/**
 * Diffusion mathematics: noise schedules in double on the host, and the forward process and loss in
 * the graph. May import {@code io.uvit.ops} and {@code io.uvit.config}.
 */
package io.uvit.graph.diffusion;

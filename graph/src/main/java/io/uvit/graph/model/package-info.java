/**
 * The networks. Each is declared first (its parameters, without a graph) and applied later, any
 * number of times, as a pure function of weights. May import {@code io.uvit.ops} and {@code
 * io.uvit.config}; knows nothing of samplers, sessions or files.
 */
package io.uvit.graph.model;

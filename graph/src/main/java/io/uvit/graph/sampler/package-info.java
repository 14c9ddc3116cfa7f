/**
 * Solvers of the reverse diffusion: a solver, a schedule and a time grid become a {@link
 * io.uvit.graph.sampler.SolverTableau}, a table of linear coefficients in double, and one
 * interpreter runs any tableau.
 *
 * <p>May import {@code io.uvit.graph.diffusion} and {@code io.uvit.config.v1}; no TensorFlow.
 */
package io.uvit.graph.sampler;

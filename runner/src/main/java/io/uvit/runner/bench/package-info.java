/**
 * Measuring: how long a training step, a sampler's step, a batch of data or a start takes, beside
 * what the machine can do, and where the time of a step goes. May import everything below the
 * runner, {@code io.uvit.runner.data}, {@code io.uvit.runner.metrics}, {@code io.uvit.runner.train}
 * and Gson.
 */
package io.uvit.runner.bench;

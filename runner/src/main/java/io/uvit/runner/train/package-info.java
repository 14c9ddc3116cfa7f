/**
 * The training loop around the static graph: sessions, batches, checkpoints, previews, stop
 * requests. May import everything below the runner, {@code io.uvit.runner.data}, {@code
 * io.uvit.runner.image} and {@code io.uvit.runner.metrics}.
 */
package io.uvit.runner.train;

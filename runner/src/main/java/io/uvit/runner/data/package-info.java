/**
 * Training data: sources of labelled images and of features, official pre-processing, deterministic
 * order, and batches decoded ahead on worker threads. Everything random is a function of (seed,
 * epoch, item), so a run can be continued at any step without saved state. May import {@code
 * io.uvit.config.v1}, {@code io.uvit.runner.image}, {@code io.uvit.runner.features} and the JDK.
 */
package io.uvit.runner.data;

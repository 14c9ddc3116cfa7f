/**
 * Sampling on the command line: which model, how many images, in which files. May import everything
 * below the runner, {@code io.uvit.runner.data}, {@code io.uvit.runner.image} and {@code
 * io.uvit.runner.train}.
 */
package io.uvit.runner.sample;

/**
 * The command line: one class a command, the frame that finds and runs them, and the exit codes.
 *
 * <p>The only package that touches {@code System.out}, {@code System.err} and {@code System.exit},
 * and only in {@link io.uvit.runner.cli.Main}; commands write to the {@link
 * io.uvit.runner.cli.Console} they are given. May import every package of the project. Printing
 * help loads no TensorFlow class.
 */
package io.uvit.runner.cli;

/**
 * The typed experiment: loading, overriding, completing, checking, printing and comparing {@link
 * io.uvit.config.v1.Experiment} messages, and the configs that travel with the program.
 *
 * <p>The path of a config is always the same: text is parsed strictly ({@link
 * io.uvit.config.ConfigLoader}), {@code --set} overrides are applied ({@link
 * io.uvit.config.ConfigOverrides}), defaults are written in ({@link
 * io.uvit.config.ConfigDefaults}), and the result is checked as a whole ({@link
 * io.uvit.config.ConfigValidator}). What comes out is a <em>resolved</em> experiment; it alone is
 * handed to the rest of the program, written into run directories ({@link
 * io.uvit.config.ConfigPrinter}) and compared on resume ({@link io.uvit.config.ExperimentDiff}).
 *
 * <p>Every failure is one {@link io.uvit.config.ConfigException} that carries all problems found.
 *
 * <p>May import: the JDK, protobuf-java, and the messages generated into {@code io.uvit.config.v1}.
 * Knows nothing of TensorFlow, of the other modules, or of the command line.
 */
package io.uvit.config;

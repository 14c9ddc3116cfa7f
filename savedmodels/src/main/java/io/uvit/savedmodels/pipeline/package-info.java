/**
 * Inference from Java: {@link io.uvit.savedmodels.pipeline.UViTPipeline} and what it is made of.
 * May import {@code io.uvit.graph}, {@code io.uvit.config}, {@code io.uvit.savedmodels.natives} and
 * TensorFlow core; nothing of the runner.
 */
package io.uvit.savedmodels.pipeline;

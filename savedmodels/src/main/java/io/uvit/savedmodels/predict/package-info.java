/**
 * Inference from Java: networks on host arrays, and images sampled with them. May import {@code
 * io.uvit.graph}, {@code io.uvit.config} and TensorFlow core.
 */
package io.uvit.savedmodels.predict;

/**
 * Randomness as a function of (seed, step, purpose): nothing about it has to be saved to resume a
 * run. May import TensorFlow core only.
 */
package io.uvit.ops.random;

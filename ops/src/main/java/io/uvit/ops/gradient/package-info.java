/** Gradients written by hand, where TensorFlow's own cost more time or memory than they need. */
package io.uvit.ops.gradient;

/** Root of the graph vocabulary; see the sub-packages. May import TensorFlow core only. */
package io.uvit.ops;

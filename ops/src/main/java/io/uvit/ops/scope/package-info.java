/** Names of a graph's ops. May import TensorFlow core only. */
package io.uvit.ops.scope;

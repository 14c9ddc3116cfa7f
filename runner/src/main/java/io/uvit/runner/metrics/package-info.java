/**
 * What a run says about itself: {@code metrics.jsonl}, TensorBoard event files, the progress line
 * and memory use.
 *
 * <p>May import: the JDK, Gson, protobuf and the message classes {@code org.tensorflow.proto}
 * (plain protobuf; no native library is loaded). Writes only to the files and streams it is given.
 */
package io.uvit.runner.metrics;

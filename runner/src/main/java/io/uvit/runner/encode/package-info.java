/**
 * Makes a store of features of images: decodes ahead on worker threads, has an autoencoder encode
 * each image and its mirror image, and writes shard after shard. The autoencoder stands behind
 * {@link io.uvit.runner.encode.MomentsEncoder}. May import {@code io.uvit.runner.data}, {@code
 * io.uvit.runner.features}, {@code io.uvit.runner.image}, {@code io.uvit.config.v1} and the JDK;
 * knows no TensorFlow.
 */
package io.uvit.runner.encode;

/**
 * Features of images on disk: the moments an autoencoder gives for each image, with labels or the
 * contexts of captions. {@link io.uvit.runner.features.FeatureStore} reads and {@link
 * io.uvit.runner.features.FeatureStoreWriter} writes the program's own format; the official layouts
 * (one pickled or plain numpy file an item) are read through the same interface, {@link
 * io.uvit.runner.features.FeatureSource}. May import {@code io.uvit.savedmodels.weights}, {@code
 * io.uvit.savedmodels.checkpoint}, Gson and the JDK; knows no TensorFlow.
 */
package io.uvit.runner.features;

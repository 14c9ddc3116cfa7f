/**
 * Autoencoders between pixels and latents, as pure functions of their weights: Stable Diffusion's
 * KL autoencoder and the tiny ones of the TAESD family, and the scale in which the network sees
 * their latents. May import {@code io.uvit.ops}, {@code io.uvit.config} and TensorFlow core.
 */
package io.uvit.graph.autoencoder;

/** Autoencoders, features and training on latents. */
package io.uvit.tests.latent;

/**
 * The autoencoder of an experiment: from its weight files to a session, and as the encoder behind
 * {@code uvit encode}. May import everything below the runner, {@code io.uvit.runner.encode},
 * {@code io.uvit.runner.features} and {@code io.uvit.runner.image}.
 */
package io.uvit.runner.latent;

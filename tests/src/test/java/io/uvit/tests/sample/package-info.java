/** Sampling with the weights that travel with the program. */
package io.uvit.tests.sample;

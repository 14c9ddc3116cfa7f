/**
 * TensorFlow's native libraries and those of CUDA, as far as they are to be looked after before
 * TensorFlow itself is: which are on the class path, and opening CUDA's from there. May import
 * JavaCPP and the JDK; knows no TensorFlow class, so that none is initialised too early.
 */
package io.uvit.savedmodels.natives;

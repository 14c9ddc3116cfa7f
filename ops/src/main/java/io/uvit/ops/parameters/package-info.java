/**
 * Trainable state: what parameters a network has ({@link io.uvit.ops.parameters.ParameterSpec}),
 * where their values come from ({@link io.uvit.ops.parameters.Weights}) and the resource variables
 * that hold them ({@link io.uvit.ops.parameters.Variables}). May import TensorFlow core only.
 */
package io.uvit.ops.parameters;

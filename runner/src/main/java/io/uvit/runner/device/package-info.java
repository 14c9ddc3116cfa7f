/**
 * What this machine, this build and TensorFlow offer to compute on, what a GPU lacks, and which
 * device a run comes to: {@link io.uvit.runner.device.DeviceInspector} makes a {@link
 * io.uvit.runner.device.DeviceReport}. Everything is read before TensorFlow is started, which is
 * asked last and only where it may have a GPU. May import {@code io.uvit.config}, {@code
 * io.uvit.savedmodels.natives}, TensorFlow core in one class, and the JDK.
 */
package io.uvit.runner.device;

package io.uvit.runner.device;

import java.util.Objects;

/**
 * Something that a GPU lacks before TensorFlow can compute on it.
 *
 * @param kind what sort of thing
 * @param found what is there instead, without a full stop
 * @param wanted what would do, with the command, package or profile that brings it
 */
public record Shortfall(Kind kind, String found, String wanted) {

  /** The sorts. */
  public enum Kind {
    /** TensorFlow Java has no GPU build for this system. */
    PLATFORM,
    /** TensorFlow's library on the class path is not the one with GPU support. */
    TENSORFLOW_LIBRARY,
    /** No NVIDIA device. */
    DEVICE,
    /** The driver's library for programs. */
    DRIVER_LIBRARY,
    /** The driver is too old for CUDA 12 or for the card. */
    DRIVER_VERSION,
    /** TensorFlow's library has no code for the card. */
    CARD,
    /** Libraries of CUDA or cuDNN are neither on the class path nor on the loader's. */
    CUDA_LIBRARIES,
    /** A library of CUDA on the class path does not open. */
    BUNDLED_LIBRARY,
    /** TensorFlow did not start. */
    TENSORFLOW_START,
    /** TensorFlow has registered no GPU, though nothing else is missing. */
    REGISTRATION,
    /** TensorFlow has registered a GPU that does not compute. */
    COMPUTATION
  }

  public Shortfall {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(found, "found");
    Objects.requireNonNull(wanted, "wanted");
  }
}

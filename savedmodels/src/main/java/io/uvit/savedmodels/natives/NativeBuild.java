package io.uvit.savedmodels.natives;

/** Which of TensorFlow's native libraries for a platform are on the class path. */
public enum NativeBuild {
  /** None: TensorFlow cannot start. */
  NONE,
  /** The one without GPU support. */
  CPU,
  /** The one with GPU support. */
  GPU,
  /** Both, of which JavaCPP takes either: a class path must have one. */
  BOTH
}

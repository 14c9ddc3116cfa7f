package io.uvit.runner.device;

import java.util.Objects;
import java.util.Optional;

/**
 * A GPU that TensorFlow has registered.
 *
 * @param device its name there, such as {@code GPU:0}
 * @param failure why a first addition on it did not come out; empty if it did
 */
public record RegisteredGpu(String device, Optional<String> failure) {

  public RegisteredGpu {
    Objects.requireNonNull(device, "device");
    Objects.requireNonNull(failure, "failure");
  }

  /** Whether it computes. */
  public boolean usable() {
    return failure.isEmpty();
  }
}

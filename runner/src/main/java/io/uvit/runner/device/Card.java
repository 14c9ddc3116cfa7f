package io.uvit.runner.device;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * A GPU, as NVIDIA's driver tells of it.
 *
 * @param name such as {@code NVIDIA H100 80GB HBM3}
 * @param memoryMib its memory in MiB; empty where the driver's tool is not there to tell
 * @param capability likewise
 */
public record Card(String name, OptionalLong memoryMib, Optional<ComputeCapability> capability) {

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(name);
    memoryMib.ifPresent(mib -> text.append(", ").append(mib).append(" MiB"));
    capability.ifPresent(c -> text.append(", compute capability ").append(c));
    return text.toString();
  }
}

package io.uvit.tests.bench;

import java.util.List;

/**
 * What is timed, in words that both contestants know.
 *
 * @param kind train or sample
 * @param config name of an experiment
 * @param batch images of a step
 * @param dtype float32 or bfloat16
 */
public record BenchCase(String kind, String config, int batch, String dtype) {

  /** The arguments of both programs. */
  public List<String> arguments() {
    return List.of(kind, "--config", config, "--batch", Integer.toString(batch), "--dtype", dtype);
  }

  @Override
  public String toString() {
    return String.join(" ", arguments());
  }
}

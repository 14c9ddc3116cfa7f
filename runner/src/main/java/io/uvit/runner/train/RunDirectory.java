package io.uvit.runner.train;

import java.nio.file.Path;

/**
 * The layout of a run's folder.
 *
 * @param root the folder: {@code experiment.textproto}, {@code metrics.jsonl}, {@code events/},
 *     {@code samples/}, {@code checkpoints/}, {@code LOCK}
 */
public record RunDirectory(Path root) {

  /** The resolved experiment. */
  public Path experiment() {
    return root.resolve("experiment.textproto");
  }

  /** One JSON object a log line. */
  public Path metrics() {
    return root.resolve("metrics.jsonl");
  }

  /** TensorBoard event files. */
  public Path events() {
    return root.resolve("events");
  }

  /** Preview grids. */
  public Path samples() {
    return root.resolve("samples");
  }

  /** The preview of a step, {@code samples/00002500.png}. */
  public Path preview(long step) {
    return samples().resolve("%08d.png".formatted(step));
  }
}

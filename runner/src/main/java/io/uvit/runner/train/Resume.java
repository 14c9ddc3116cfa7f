package io.uvit.runner.train;

import java.nio.file.Path;

/** Where a training run starts. */
public sealed interface Resume {
  /** At the newest whole checkpoint of the run directory, or at step 0 if it has none. */
  record Auto() implements Resume {}

  /** At step 0; a run directory with checkpoints is refused. */
  record Never() implements Resume {}

  /**
   * At a checkpoint, which must exist.
   *
   * @param checkpoint its folder, in any run directory
   */
  record From(Path checkpoint) implements Resume {}
}

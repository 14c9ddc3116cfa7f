package io.uvit.savedmodels.checkpoint;

import java.io.IOException;

/** Writes the files of one checkpoint. */
@FunctionalInterface
public interface CheckpointWriter {

  /**
   * Writes every file into {@code folder} and closes it. Whatever is thrown makes the checkpoint
   * absent.
   *
   * @param folder valid only during the call
   */
  void write(CheckpointFolder folder) throws IOException;
}

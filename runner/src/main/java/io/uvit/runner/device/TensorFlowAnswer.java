package io.uvit.runner.device;

import java.util.List;

/** What TensorFlow says of GPUs. */
public sealed interface TensorFlowAnswer {

  /**
   * It was not started, because it cannot have one.
   *
   * @param reason a clause without a full stop
   */
  record NotAsked(String reason) implements TensorFlowAnswer {}

  /**
   * It did not start.
   *
   * @param reason of the loader
   */
  record Failed(String reason) implements TensorFlowAnswer {}

  /**
   * It has registered these.
   *
   * @param gpus in its order, up to the first that does not compute; none if it has found none
   */
  record Registered(List<RegisteredGpu> gpus) implements TensorFlowAnswer {
    public Registered {
      gpus = List.copyOf(gpus);
    }
  }

  /** The GPUs that it has registered, if it was asked. */
  default List<RegisteredGpu> gpus() {
    return this instanceof Registered registered ? registered.gpus() : List.of();
  }
}

package io.uvit.savedmodels.weights;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Consumer;

/** Access to the data of one tensor, as a format stores it. */
interface TensorData {
  /** Hands the data over in little-endian C-order chunks of whole elements. */
  void stream(Consumer<ByteBuffer> chunks);

  /** The data, read-only, where the file holds it little-endian, contiguous and in C order. */
  Optional<ByteBuffer> view();
}

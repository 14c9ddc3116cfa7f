package io.uvit.savedmodels.weights;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Data that lies in one region of the file, little-endian, contiguous and in C order.
 *
 * @param subject what the region is, for errors
 * @param check run before the data is handed over
 */
record RegionData(MappedSource source, long offset, long length, String subject, Runnable check)
    implements TensorData {
  @Override
  public void stream(Consumer<ByteBuffer> chunks) {
    check.run();
    source.forEachWindow(offset, length, subject, chunks);
  }

  @Override
  public Optional<ByteBuffer> view() {
    check.run();
    return Optional.of(source.region(offset, length, subject));
  }
}

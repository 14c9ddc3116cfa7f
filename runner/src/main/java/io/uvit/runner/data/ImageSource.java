package io.uvit.runner.data;

import io.uvit.runner.image.ByteImage;
import java.util.List;
import java.util.Optional;

/**
 * Labelled images as they are stored, of any size, before pre-processing. Thread-safe like {@link
 * Dataset}.
 */
interface ImageSource extends AutoCloseable {

  /** Where the images come from: a path. */
  String name();

  int size();

  /** By label; empty if unlabelled. */
  List<String> classNames();

  /** Label of an item of labelled images. */
  int label(int index);

  String describe(int index);

  /** Name of an item that stays the same when the whole dataset moves elsewhere. */
  String digestName(int index);

  /** Stored bytes of an item. */
  long storedBytes(int index);

  /** Files beside the images that were left out by their name. */
  default int ignored() {
    return 0;
  }

  /**
   * The images themselves without containers, if decoding is no more than a copy: their one size is
   * then known beforehand.
   */
  default Optional<RawImages> raw() {
    return Optional.empty();
  }

  /**
   * Reads and decodes an item.
   *
   * @param channels 1 or 3, what the model sees
   * @throws BadImageException if the item is no readable image
   * @throws DataException if its file cannot be read
   */
  ByteImage decode(int index, int channels) throws DataException;

  @Override
  void close() throws DataException;
}

package io.uvit.runner.data;

import io.uvit.runner.image.ImageShape;
import java.util.List;

/**
 * Images of one size with labels, by index. Made by {@link Datasets#open}; the opener closes it.
 *
 * <p>Threads: every method may be called from any number of threads until {@link #close}.
 */
public interface Dataset extends AutoCloseable {

  /** Size of every image: the model's. */
  ImageShape shape();

  /** Number of items, at least 1, unreadable ones included. */
  int size();

  /** Number of classes; 0 if the data has no labels. */
  default int numClasses() {
    return classNames().size();
  }

  /** Name of each class, by label; empty if the data has no labels. */
  List<String> classNames();

  /**
   * Label of an item, 0 to {@link #numClasses} - 1.
   *
   * @throws IllegalStateException if the data has no labels
   */
  int label(int index);

  /**
   * Writes the pre-processed image of an item, without random augmentation, as unsigned bytes [H,
   * W, C].
   *
   * @param into receives {@code shape().samples()} bytes from its start
   * @return false if the item is no readable image and {@code data.bad_images} is SKIP; the item
   *     has then been named once in the log and counted, and {@code into} is undefined
   * @throws BadImageException if the item is no readable image and {@code data.bad_images} is
   *     REFUSE
   * @throws DataException if the image does not fit the pre-processing or the model, or its file
   *     cannot be read at all
   */
  boolean read(int index, byte[] into) throws DataException;

  /** Where an item comes from, for messages: a path, a zip entry, or a position in a file. */
  String describe(int index);

  /**
   * SHA-256 in lower-case hexadecimal over the names, stored sizes and labels of all items in
   * order. Two runs see the same data in the same order only if the digests agree; contents are not
   * read.
   */
  String digest();

  /** What is there and what was skipped so far. */
  DataSummary summary();

  /** Closes files. Reading afterwards fails. */
  @Override
  void close() throws DataException;
}

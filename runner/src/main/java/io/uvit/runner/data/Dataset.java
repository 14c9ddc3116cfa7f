package io.uvit.runner.data;

import io.uvit.runner.features.TextContexts;
import io.uvit.runner.image.ImageShape;
import java.util.List;
import java.util.Optional;

/**
 * Images of one size, or moments of latents, with labels or texts, by index. Made by {@link
 * Datasets#open}; the opener closes it.
 *
 * <p>Threads: every method may be called from any number of threads until {@link #close}.
 */
public interface Dataset extends AutoCloseable {

  /** What an item is. */
  ItemFormat format();

  /**
   * Size of every image.
   *
   * @throws IllegalStateException if the items are no images
   */
  default ImageShape shape() {
    if (format() instanceof ItemFormat.Pixels pixels) {
      return pixels.shape();
    }
    throw new IllegalStateException("the dataset holds " + format() + ", no images");
  }

  /** Number of items, at least 1, unreadable ones included. */
  int size();

  /** Number of classes; 0 if the data has no labels. */
  default int numClasses() {
    return classNames().size();
  }

  /** Name of each class, by label; empty if the data has no labels or no names for them. */
  List<String> classNames();

  /**
   * Label of an item, 0 to {@link #numClasses} - 1.
   *
   * @throws DataException if the label has to be read and cannot be, or is none of the model's
   * @throws IllegalStateException if the data has no labels
   */
  int label(int index) throws DataException;

  /** The contexts of captions, for a model that is told texts; empty otherwise. */
  default Optional<TextContexts> texts() {
    return Optional.empty();
  }

  /**
   * Writes an item as its {@link #format} says: the pre-processed image, without random
   * augmentation, or the moments.
   *
   * @param into receives {@code format().bytes()} bytes from its start
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
   * order; for features see {@link io.uvit.runner.features.FeatureSource#digest}. Two runs see the
   * same data in the same order only if the digests agree; contents are not read.
   *
   * @throws DataException if files cannot be listed
   */
  String digest() throws DataException;

  /**
   * What is there and what was skipped so far.
   *
   * @throws DataException if files cannot be listed
   */
  DataSummary summary() throws DataException;

  /** Closes files. Reading afterwards fails. */
  @Override
  void close() throws DataException;
}

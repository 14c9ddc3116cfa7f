package io.uvit.runner.features;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Features by index, in whatever layout they lie on disk. Opened by {@link FeatureSources#open};
 * the opener closes it.
 *
 * <p>Threads: every method may be called from any number of threads until {@link #close}.
 */
public interface FeatureSource extends AutoCloseable {

  /** The folder. */
  Path path();

  /** Shape of every item. */
  FeatureShape shape();

  /** Number of items, at least 1. */
  int size();

  /** Whether items carry labels. */
  boolean labelled();

  /** Name of each class, by label; empty if the items are unlabelled or the layout has no names. */
  List<String> classNames();

  /**
   * Label of an item, at least 0; below the number of class names, if there are any.
   *
   * @throws FeatureException if it has to be read and cannot be
   * @throws IllegalStateException if the items are unlabelled
   */
  int label(int index) throws FeatureException;

  /**
   * Writes an item as little-endian float32 [h, w, c].
   *
   * @param into receives {@code shape().bytes()} bytes from its start
   * @throws FeatureException if the item cannot be read or is damaged
   */
  void read(int index, byte[] into) throws FeatureException;

  /** The contexts of captions; empty if the items have none. */
  default Optional<TextContexts> texts() {
    return Optional.empty();
  }

  /** Where an item lies, for messages. */
  String describe(int index);

  /** Bytes of all items on disk. */
  long storedBytes() throws FeatureException;

  /**
   * SHA-256 in lower-case hexadecimal that stands for the features: two sources with the same
   * digest have the same items in the same order. Contents are not read.
   */
  String digest() throws FeatureException;

  /** Closes files. Reading afterwards fails. */
  @Override
  void close() throws FeatureException;
}

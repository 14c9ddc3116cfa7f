package io.uvit.runner.data;

import io.uvit.runner.image.ImageShape;

/**
 * What a dataset holds, for the run log.
 *
 * @param source where it comes from
 * @param shape size of the images after pre-processing
 * @param images number of items, unreadable ones included
 * @param classes number of classes, 0 if unlabelled
 * @param bytes stored size of all items
 * @param skipped items found unreadable and skipped so far
 * @param ignored files beside the images that are no image by their name
 */
public record DataSummary(
    String source,
    ImageShape shape,
    int images,
    int classes,
    long bytes,
    int skipped,
    int ignored) {

  /** One line for people. */
  @Override
  public String toString() {
    String text = String.format("%s: %,d images of %s, ", source, images, shape);
    text +=
        classes == 0
            ? "no labels"
            : classes == 1 ? "1 class" : String.format("%,d classes", classes);
    text += String.format(", %,d bytes", bytes);
    if (skipped > 0) {
      text += String.format(", %,d skipped as unreadable", skipped);
    }
    return ignored == 0 ? text : text + String.format(", %,d other files ignored", ignored);
  }
}

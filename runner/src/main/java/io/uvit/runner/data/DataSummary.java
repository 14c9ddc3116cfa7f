package io.uvit.runner.data;

/**
 * What a dataset holds, for the run log.
 *
 * @param source where it comes from
 * @param format what an item is; images after pre-processing
 * @param items number of items, unreadable ones included
 * @param classes number of classes, 0 if unlabelled
 * @param bytes stored size of all items
 * @param skipped items found unreadable and skipped so far
 * @param ignored files beside the images that are no image by their name
 */
public record DataSummary(
    String source,
    ItemFormat format,
    int items,
    int classes,
    long bytes,
    int skipped,
    int ignored) {

  /** One line for people. */
  @Override
  public String toString() {
    String text = String.format("%s: %,d %s, ", source, items, format);
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

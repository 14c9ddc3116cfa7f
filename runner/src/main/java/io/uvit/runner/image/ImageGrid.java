package io.uvit.runner.image;

import java.util.List;

/** Many images of one size on one sheet, as torchvision's make_grid lays them out. */
public final class ImageGrid {
  /** Black pixels around each image. */
  public static final int PADDING = 2;

  private ImageGrid() {}

  /**
   * Rows of {@code columns} images from left to right, {@link #PADDING} black pixels around and
   * between them; a last row may be short. As in torchvision, fewer images than columns make a
   * narrower sheet and a single image stays as it is. Grey stays grey.
   *
   * @throws IllegalArgumentException if there is no image, columns are below 1, or the images
   *     differ in shape
   */
  public static ByteImage of(List<ByteImage> images, int columns) {
    if (images.isEmpty() || columns < 1) {
      throw new IllegalArgumentException(
          "grid of " + images.size() + " images in " + columns + " columns");
    }
    ImageShape cell = images.get(0).shape();
    if (images.size() == 1) {
      return images.get(0);
    }
    int across = Math.min(columns, images.size());
    int down = (images.size() + across - 1) / across;
    ImageShape shape =
        new ImageShape(
            down * (cell.height() + PADDING) + PADDING,
            across * (cell.width() + PADDING) + PADDING,
            cell.channels());
    byte[] sheet = new byte[shape.samples()];
    for (int i = 0; i < images.size(); i++) {
      if (!images.get(i).shape().equals(cell)) {
        throw new IllegalArgumentException(
            "image " + i + " is " + images.get(i).shape() + ", the first is " + cell);
      }
      int top = PADDING + i / across * (cell.height() + PADDING);
      int left = PADDING + i % across * (cell.width() + PADDING);
      paste(images.get(i), sheet, shape, top, left);
    }
    return new ByteImage(shape, sheet);
  }

  private static void paste(ByteImage image, byte[] sheet, ImageShape shape, int top, int left) {
    int row = image.width() * image.channels();
    for (int y = 0; y < image.height(); y++) {
      int to = ((top + y) * shape.width() + left) * shape.channels();
      System.arraycopy(image.samples(), y * row, sheet, to, row);
    }
  }
}

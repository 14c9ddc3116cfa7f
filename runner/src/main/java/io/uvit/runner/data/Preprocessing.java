package io.uvit.runner.data;

import io.uvit.config.v1.Preprocess;
import io.uvit.runner.image.ByteImage;
import io.uvit.runner.image.ImageShape;
import io.uvit.runner.image.Resampling;
import io.uvit.runner.image.Resizer;

/**
 * Brings an image to the size of the model as the official datasets.py does for the dataset in
 * question. The image already has the channels of the model.
 */
final class Preprocessing {
  /** Official CelebA crop: 128x128, its corner at row 57, column 25 (centre x 89, y 121). */
  private static final int CELEBA_TOP = 57;

  private static final int CELEBA_LEFT = 25;
  private static final int CELEBA_SIDE = 128;

  private final Preprocess kind;
  private final ImageShape target;

  /**
   * @param kind how; unspecified means NO_RESIZE
   * @throws DataException if the kind makes squares only and the target is none, or is unknown to
   *     this version
   */
  Preprocessing(Preprocess kind, ImageShape target) throws DataException {
    this.kind = kind == Preprocess.PREPROCESS_UNSPECIFIED ? Preprocess.NO_RESIZE : kind;
    this.target = target;
    if (kind == Preprocess.UNRECOGNIZED) {
      throw new DataException("data.preprocess: found a value this version does not know");
    }
    if (this.kind == Preprocess.ADM_CENTER_CROP && target.height() != target.width()) {
      throw new DataException(
          "data.preprocess: ADM_CENTER_CROP makes squares, the model wants " + target);
    }
  }

  ImageShape target() {
    return target;
  }

  /** Whether images come out as they went in. */
  boolean keepsImage() {
    return kind == Preprocess.NO_RESIZE;
  }

  /**
   * The image in the size of the model.
   *
   * @throws IllegalArgumentException if it does not fit, as a clause to follow the item's name
   */
  ByteImage apply(ByteImage image) {
    return switch (kind) {
      case NO_RESIZE -> checked(image);
      case CELEBA_CROP -> celebaCrop(image);
      case ADM_CENTER_CROP -> admCenterCrop(image);
      case LANCZOS_CENTER_CROP -> lanczosCenterCrop(image);
      case PREPROCESS_UNSPECIFIED, UNRECOGNIZED ->
          throw new IllegalStateException("unresolved " + kind);
    };
  }

  private ByteImage checked(ByteImage image) {
    if (image.height() != target.height() || image.width() != target.width()) {
      throw new IllegalArgumentException(
          "found "
              + size(image)
              + ", the model wants "
              + target.width()
              + "x"
              + target.height()
              + "; data.preprocess can bring it there");
    }
    return image;
  }

  /**
   * Official datasets.py CelebA: crop, then Pillow's antialiased bilinear resize (torchvision
   * Resize).
   */
  private ByteImage celebaCrop(ByteImage image) {
    if (image.height() < CELEBA_TOP + CELEBA_SIDE || image.width() < CELEBA_LEFT + CELEBA_SIDE) {
      throw new IllegalArgumentException(
          "found "
              + size(image)
              + ", CELEBA_CROP wants at least "
              + (CELEBA_LEFT + CELEBA_SIDE)
              + "x"
              + (CELEBA_TOP + CELEBA_SIDE)
              + " (aligned CelebA is 178x218)");
    }
    ByteImage face = image.crop(CELEBA_TOP, CELEBA_LEFT, CELEBA_SIDE, CELEBA_SIDE);
    return Resizer.resize(face, target.width(), target.height(), Resampling.BILINEAR);
  }

  /**
   * Official datasets.py center_crop_arr (from ADM): halve with BOX while the shorter side is at
   * least twice the target, BICUBIC to the target, cut the centre. Sides round half to even as
   * Python's {@code round}; small images grow.
   */
  private ByteImage admCenterCrop(ByteImage image) {
    int side = target.height();
    ByteImage halved = image;
    while (Math.min(halved.height(), halved.width()) >= 2 * side) {
      halved = Resizer.resize(halved, halved.width() / 2, halved.height() / 2, Resampling.BOX);
    }
    double scale = (double) side / Math.min(halved.height(), halved.width());
    int width = (int) Math.rint(halved.width() * scale);
    int height = (int) Math.rint(halved.height() * scale);
    return Resizer.resize(
        halved,
        width,
        height,
        Resampling.BICUBIC,
        (width - side) / 2,
        (height - side) / 2,
        side,
        side);
  }

  /**
   * Official datasets.py center_crop: the centre square, LANCZOS to the target (stretched if that
   * is no square).
   */
  private ByteImage lanczosCenterCrop(ByteImage image) {
    int side = Math.min(image.height(), image.width());
    ByteImage square =
        image.crop((image.height() - side) / 2, (image.width() - side) / 2, side, side);
    return Resizer.resize(square, target.width(), target.height(), Resampling.LANCZOS);
  }

  private static String size(ByteImage image) {
    return "an image of " + image.width() + "x" + image.height();
  }
}
